module.exports = require('@backstage/cli/config/eslint-factory')(__dirname, {
  overrides: [
    {
      // Contracts are tests that other packages hold real servers to: they are exported, and set up inside of hooks.
      files: ['src/**/contract/**/*.ts'],
      rules: {
        'jest/no-export': 'off',
        'jest/no-standalone-expect': 'off',
      },
    },
  ],
});
