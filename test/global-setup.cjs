const { mkdtempSync, mkdirSync } = require('node:fs');
const path = require('node:path');

// CDK leaves a cloud assembly behind for every App: give the suite a temporary folder of its own.
// The validator of aws-cdk-lib costs seconds per file; one test file turns it on for itself.
module.exports = () => {
  const root = path.join(__dirname, '..', '.tmp');
  mkdirSync(root, { recursive: true });
  process.env.TMPDIR = mkdtempSync(path.join(root, 'jest-'));
  process.env.CDK_VALIDATION = 'false';
  process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = '20';
};
