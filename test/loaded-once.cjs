/**
 * Packages that are the same to every test file: Node loads them, once for each worker, where Jest would for each file.
 * What they throw and make is of Node's own context, as their environment variables are: its `Error` is not the test's.
 */
module.exports = {
  process(_source, path) {
    const file = JSON.stringify(path);
    const nodeModule = "require('node:vm').runInThisContext('process').getBuiltinModule('node:module')";
    return { code: `module.exports = ${nodeModule}.createRequire(${file})(${file});` };
  },
};
