import { useQueryClient } from '@tanstack/react-query';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';
import { domainQuery } from './queries.ts';
import { useSession } from './session.tsx';
import { useWrite } from './use-write.ts';
import type { Write } from './use-write.ts';

/** A change of a domain: what the service answers is shown at once, and what depends on it is read again. */
export function useDomainWrite<Input>(
  call: (input: Input, requestId: string) => Promise<{ domain?: Domain | undefined }>,
  onDone?: () => void,
): Write<Input> {
  const client = useQueryClient();
  return useWrite(call, ['domain', 'domains', 'history'], ({ domain }) => {
    if (domain) client.setQueryData(domainQuery(domain.domainName).queryKey, domain);
    onDone?.();
  });
}

/** Whether the signed-in person may change domains; the service has the last word. */
export function useMayChange(): boolean {
  const { roles } = useSession();
  return roles.includes('customer') || roles.includes('operator');
}
