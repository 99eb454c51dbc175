// Loaded into the portal's process: the reference portal allows everything to
// everybody, so this takes away what a file lists, one permission a line. The
// file is read at each decision and a test can change its mind.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const policyModule = require.resolve(
  '@backstage/plugin-permission-backend-module-allow-all-policy',
  { paths: [process.cwd()] },
);
const { AllowAllPermissionPolicy } = require(join(
  dirname(policyModule),
  'policy.cjs.js',
));

AllowAllPermissionPolicy.prototype.handle = async ({ permission }) => {
  const denied = readFileSync(process.env.FLOW_DENIED_FILE, 'utf8').split('\n');
  return { result: denied.includes(permission.name) ? 'DENY' : 'ALLOW' };
};
