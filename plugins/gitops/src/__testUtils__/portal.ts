import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { errorResponse } from './errorResponse';
import { projectDocument } from './projectDocument';
import { GITOPS_URL } from './renderForEntity';
import { setVisibility } from './visibility';

/**
 * The tests' backend. What it answers for the entity can be changed at any
 * time; requests are counted by method and path.
 */
export class Portal {
  readonly server = setupServer();
  requests: string[] = [];
  #answer: () => Response | Promise<Response> = () => new Response();

  /** Registers the backend with the tests of a file. */
  static create(): Portal {
    const portal = new Portal();
    beforeAll(() => portal.server.listen({ onUnhandledRequest: 'error' }));
    beforeEach(() => {
      setVisibility('visible');
      portal.requests = [];
      portal.show();
      portal.server.use(
        http.get(`${GITOPS_URL}/entities/:kind/:namespace/:name`, () =>
          portal.#answer(),
        ),
      );
    });
    afterEach(() => portal.server.resetHandlers());
    afterAll(() => portal.server.close());
    portal.server.events.on('request:start', ({ request }) => {
      const path = request.url.replace(GITOPS_URL, '');
      portal.requests.push(`${request.method} ${path}`);
    });
    return portal;
  }

  /** Answers reads of the entity with this project. */
  show(overrides: Partial<ProjectDocument> = {}) {
    this.#answer = () => HttpResponse.json(projectDocument(overrides));
  }

  /** Answers reads of the entity with an error. */
  refuse(status: number, message: string) {
    this.#answer = () => errorResponse(status, message);
  }

  /** Answers reads of the entity as the function says. */
  answer(answer: () => Response | Promise<Response>) {
    this.#answer = answer;
  }
}
