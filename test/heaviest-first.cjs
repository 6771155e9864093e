const Sequencer = require('@jest/test-sequencer').default;

/** What takes longest, as long as Jest has not measured it: two cores are through together if these do not come last. */
const HEAVIEST = [
  'lambda/faults',
  'cli/demo/demo',
  'crash/crash',
  'security/granted',
  'engine/safety',
  'engine/read-faults',
  'engine/mutants',
  'lambda/prune-on-schedule',
  'lambda/bad-input',
  'security/forged-events',
  'crash/',
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path, duration }) => {
      const place = HEAVIEST.findIndex((name) => path.includes(`/test/${name}`));
      return duration === undefined && place >= 0 ? place : HEAVIEST.length;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
