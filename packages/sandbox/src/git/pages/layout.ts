import { Html, html } from './html';

const STYLE = new Html(`<style>
:root { color-scheme: light dark; --line: #d8dee4; --soft: #f6f8fa; --text: #1f2328; --muted: #59636e; --link: #0b57d0; --page: #fff; --mark: #fff4ce; --mark-line: #e9c46a; --add: #dafbe1; --del: #ffebe9 }
@media (prefers-color-scheme: dark) { :root { --line: #30363d; --soft: #161b22; --text: #e6edf3; --muted: #9198a1; --link: #79b8ff; --page: #0d1117; --mark: #3a2f0b; --mark-line: #7a6215; --add: #12361f; --del: #4a1b1b } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
.banner { background: var(--mark); border-bottom: 1px solid var(--mark-line); padding: .5rem 1.5rem; font-size: .875rem }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.4rem; font-weight: 600; margin: 0 0 .25rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
.muted { color: var(--muted) } code, pre { font: 13px/1.5 ui-monospace, monospace }
.box { border: 1px solid var(--line); border-radius: 8px; overflow: hidden }
.row { display: flex; gap: 1rem; padding: .5rem 1rem; border-top: 1px solid var(--line); align-items: baseline } .row:first-child { border-top: 0 }
.row > :first-child { flex: 1; min-width: 0; overflow-wrap: anywhere }
.head { background: var(--soft) } .tag { border: 1px solid var(--line); border-radius: 99px; padding: 0 .6em; font-size: .75rem; color: var(--muted) }
pre { margin: 0; padding: 1rem; overflow-x: auto; white-space: pre } .add { background: var(--add); display: block } .del { background: var(--del); display: block } .hunk { color: var(--muted); display: block }
</style>`);

/** A whole page. Every page says that it belongs to a sandbox. */
export function layout(title: string, body: Html): string {
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sandbox Git host</title>
        ${STYLE}
      </head>
      <body>
        <div class="banner">
          <strong>Sandbox.</strong> A local Git host for trying things out.
          Nothing here leaves this machine, and its pages need no sign-in.
        </div>
        <main>${body}</main>
      </body>
    </html> `.text;
}
