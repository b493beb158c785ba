import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { domainService, readProblem } from '../api.ts';
import { compareQuery } from '../queries.ts';
import { useDomainWrite } from '../use-domain-write.ts';
import { Changes } from './changes.tsx';
import { Loading } from './loading.tsx';
import { ProblemNote } from './problem.tsx';
import type { Remedies } from './problem.tsx';

type Props = { domainName: string; version: bigint; mayChange: boolean; onClose: () => void };

/** What restoring a version would change, and the button that does it. */
export function VersionDialog({ domainName, version, mayChange, onClose }: Props) {
  const compared = useQuery(compareQuery(domainName, version));
  const restore = useDomainWrite(
    (_: void, requestId) => domainService.restoreVersion({ domainName, version, requestId }),
    onClose,
  );
  const path = `/domains/${encodeURIComponent(domainName)}`;
  const remedies: Remedies = {
    ACTIVATION: { text: 'Apply for WebSocket', path: '/apply' },
    OWNERSHIP: { text: 'See the record to publish', path },
  };
  const isSame = compared.data?.length === 0;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()} disablePointerDismissal>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">Version {String(version)}</Dialog.Title>
          <Dialog.Description className="lead">
            {isSame ? 'Everything is as it was then.' : 'What has changed since, from now back to then:'}
          </Dialog.Description>
          {compared.isPending && <Loading rows={3} />}
          {compared.isError && <ProblemNote problem={readProblem(compared.error)} />}
          {compared.data && <Changes changes={compared.data} />}
          <ProblemNote problem={restore.problem} remedies={remedies} />
          <div className="dialog-buttons">
            <Dialog.Close className="button">Close</Dialog.Close>
            {mayChange && !isSame && (
              <button
                className="button button-main"
                type="button"
                disabled={restore.isRunning || !compared.data}
                onClick={() => restore.run()}
              >
                Restore this version
              </button>
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
