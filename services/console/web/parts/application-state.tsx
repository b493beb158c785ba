import { Application_State } from '@longwire/contracts/connect/activation/v1/application';
import { Badge } from './badge.tsx';
import type { Tone } from './badge.tsx';

/** How far an application has come. */
export function ApplicationBadge({ state }: { state: Application_State }) {
  return <Badge tone={tones[state]}>{stateText(state)}</Badge>;
}

const tones: Record<Application_State, Tone> = {
  [Application_State.UNSPECIFIED]: 'quiet',
  [Application_State.PENDING]: 'wait',
  [Application_State.APPROVED]: 'good',
  [Application_State.REJECTED]: 'bad',
  [Application_State.WITHDRAWN]: 'quiet',
};

export function stateText(state: Application_State): string {
  switch (state) {
    case Application_State.PENDING:
      return 'Waiting for a reviewer';
    case Application_State.APPROVED:
      return 'Approved';
    case Application_State.REJECTED:
      return 'Rejected';
    case Application_State.WITHDRAWN:
      return 'Withdrawn';
    case Application_State.UNSPECIFIED:
      return 'Unknown';
    default:
      return state satisfies never;
  }
}
