import { createService } from './server.js';

const {
  PORT = '8080',
  SERVICE_NAME: name = 'service',
  ENVIRONMENT: environment = 'local',
} = process.env;

const service = createService({ name, environment });
service.listen(Number(PORT), () => {
  process.stdout.write(`${name} (${environment}) listens on ${PORT}\n`);
});

// Kubernetes asks politely once: finish what has begun, take nothing new.
process.once('SIGTERM', () => service.close());
