import type { Environment } from '../../../lib/contract/arn';
import type { Examined, NotExamined } from '../../../lib/contract/prune-plan';
import type { PruneSettings } from '../../../lib/contract/prune-settings';
import {
  isOffered,
  LISTED_REFERRERS,
  type ListedReferrer,
  REFERRERS,
  type ReferrerFacts,
  type ReferrerSettings,
} from '../../../lib/contract/referrers';
import { isDenied } from '../../aws/sdk-error';
import { type Clock, MINUTE } from '../../clock';
import { IncompleteScan } from '../../incomplete-scan';
import { LEFT_OUT, tolerated, withRemedy } from './denied';
import { FoundPins } from './pins';
import type { References } from './references';
import type { ServiceReads } from './referrer';
import { REFERRER_SCANS } from './referrer-scans';

export interface ElsewhereOptions {
  /** Whom to ask, and what stays whatever they say. */
  readonly settings: ReferrerSettings & Pick<PruneSettings, 'keep'>;
  readonly environment: Environment;
  readonly services: (kind: ListedReferrer) => ServiceReads;
  readonly clock: Clock;
}

/** What refers to revisions from outside ECS. */
export interface FoundElsewhere {
  readonly examined: readonly Examined[];
  readonly notExamined: readonly NotExamined[];
  addTo(references: References): void;
}

/** An act may come some minutes after the look that allows it: so it rests on what is no older than a quarter of an hour. */
const VALID = 10 * MINUTE;

/** Everything beside ECS that can pin a revision: read whole, far less often than ECS, because less changes and less may be asked. */
export class Elsewhere {
  private known: { readonly began: number; readonly found: FoundElsewhere } | undefined;

  constructor(private readonly options: ElsewhereOptions) {}

  /** @throws IncompleteScan when any one kind that is to be asked did not give everything */
  public async look(): Promise<FoundElsewhere> {
    const now = this.options.clock.now();
    if (!this.known || now - this.known.began >= VALID) this.known = { began: now, found: await this.read() };
    return this.known.found;
  }

  private async read(): Promise<FoundElsewhere> {
    const { keep = [] } = this.options.settings;
    const kept = new FoundPins(this.options.environment);
    for (const revision of keep) kept.pin(revision, "'keep' in the settings");
    const kinds = await Promise.all(LISTED_REFERRERS.map((kind) => this.ask(kind)));
    return {
      examined: kinds.flatMap(({ examined }) => examined ?? []),
      notExamined: kinds.flatMap(({ notExamined }) => notExamined),
      addTo: (references) => {
        for (const pins of [kept, ...kinds.map((kind) => kind.pins)]) pins.addTo(references);
      },
    };
  }

  private async ask(kind: ListedReferrer): Promise<FoundInKind> {
    const { settings, environment, services } = this.options;
    const { name }: ReferrerFacts = REFERRERS[kind];
    const mayBeDenied = settings.tolerateDenied?.includes(kind) ?? false;
    const pins = new FoundPins(environment, mayBeDenied);
    const passedOver = (why: string) => ({ pins, notExamined: [{ kind: name, why }] });
    if (settings.withoutReferrers?.includes(kind)) return passedOver(LEFT_OUT);
    if (!isOffered(kind, environment)) return passedOver('not offered here');
    try {
      const found = await REFERRER_SCANS[kind].scan(services(kind), pins);
      return { pins, examined: { kind: name, found }, notExamined: pins.notExamined(name) };
    } catch (error) {
      if (!(error instanceof IncompleteScan && isDenied(error))) throw error;
      if (!mayBeDenied) throw withRemedy(error, kind, environment);
      // What was found before the refusal is a reference all the same.
      return passedOver(tolerated(error));
    }
  }
}

interface FoundInKind {
  readonly pins: FoundPins;
  readonly examined?: Examined;
  readonly notExamined: readonly NotExamined[];
}
