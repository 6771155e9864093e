// Types are checked by tsc; jest only needs JavaScript.
const { transformSync } = require('esbuild');

module.exports = {
  process(source, path) {
    const { code } = transformSync(source, {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      sourcemap: 'inline',
      sourcefile: path,
      sourcesContent: false,
    });
    return { code };
  },
};
