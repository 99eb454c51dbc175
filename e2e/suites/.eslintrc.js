module.exports = require('@backstage/cli/config/eslint-factory')(__dirname, {
  rules: {
    // Suites that need parts of their own choose between `it` and `it.skip`.
    'jest/no-standalone-expect': [
      'error',
      { additionalTestBlockFunctions: ['onOwnParts'] },
    ],
    'jest/expect-expect': [
      'warn',
      { assertFunctionNames: ['expect', 'expect*'] },
    ],
  },
});
