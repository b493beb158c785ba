import { Account } from '@longwire/contracts/activation/v1/account';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { callerOf } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import { bind, createLogger, serveGrpc } from '@longwire/service';
import type { TestIssuer } from '@longwire/testing';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';

export const log = createLogger('test', process.env['LOG_LEVEL'] ?? 'fatal');

/** The environment of a console on free ports, with the services at an address where nobody listens unless told. */
export function consoleConfig(env: Record<string, string>): Config {
  return readConfig({
    ADMIN_LISTEN: '127.0.0.1:0',
    CONSOLE_LISTEN: '127.0.0.1:0',
    CONSOLE_URL: 'http://console.test',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_CLIENT_ID: 'console',
    OIDC_CLIENT_SECRET: 'secret-of-the-test',
    ACTIVATION_URL: 'http://127.0.0.1:9',
    CONFIG_URL: 'http://127.0.0.1:9',
    METRICS_URL: 'http://127.0.0.1:9',
    NOTIFIER_URL: 'http://127.0.0.1:9',
    ...env,
  });
}

/**
 * The world behind the gateway: a real gRPC server that verifies tokens and answers with the identity that it saw, or
 * with errors that carry details.
 */
export function startAccounts({ issuer, jwksUrl }: Pick<TestIssuer, 'issuer' | 'jwksUrl'>) {
  const { createAccount, getAccount, updateContacts } = AccountServiceService;
  const refuse = async () => {
    throw new DomainError('PERMISSION_DENIED', 'NOT_HERE', 'not part of this test');
  };
  const roles = ['customer'] as const;
  return serveGrpc({
    config: {
      GRPC_LISTEN: { host: '127.0.0.1', port: 0 },
      AUTH_ISSUER: issuer,
      AUTH_JWKS_URL: jwksUrl,
      AUTH_AUDIENCE: 'longwire',
    },
    policy: { [createAccount.path]: roles, [getAccount.path]: roles, [updateContacts.path]: roles },
    log,
    services: [
      bind(AccountServiceService, {
        async getAccount({ accountId }, { metadata }) {
          const { subject, account = '' } = callerOf(metadata);
          return { account: Account.create({ accountId, companyName: `${subject} of ${account}` }) };
        },
        async createAccount() {
          throw new DomainError('INVALID_ARGUMENT', 'INVALID_FIELDS', 'two fields are wrong', {
            fieldViolations: [{ field: 'contacts.email', description: 'must be an address' }],
            preconditions: [{ type: 'ICP', subject: 'account/acme', description: 'declare a number' }],
            metadata: { hint: 'value' },
          });
        },
        updateContacts: () => new Promise(() => {}),
        listAccounts: refuse,
        verifyEnterprise: refuse,
        revokeEnterpriseVerification: refuse,
        setRegistration: refuse,
        setLanguage: refuse,
        requestContactVerification: refuse,
        confirmContactVerification: refuse,
        eraseContacts: refuse,
      }),
    ],
  });
}

/** The value, which must be there. */
export function required<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`${what} is not there`);
  return value;
}
