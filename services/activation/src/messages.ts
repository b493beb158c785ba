import { Account, Entitlement_State, EnterpriseVerification_State } from '@longwire/contracts/activation/v1/account';
import { Application, Application_State } from '@longwire/contracts/activation/v1/application';
import { etagOf } from '@longwire/eventlog';
import type { ApplicationState } from './account.ts';
import type { Contacts } from './contacts.ts';
import type { AccountView, ApplicationView } from './read-model.ts';

const applicationStates: Record<ApplicationState, Application_State> = {
  pending: Application_State.STATE_PENDING,
  approved: Application_State.STATE_APPROVED,
  rejected: Application_State.STATE_REJECTED,
  withdrawn: Application_State.STATE_WITHDRAWN,
};

/** An account as callers see it. */
export function accountMessage(view: AccountView, contacts: Contacts): Account {
  const { state, verification } = view;
  const granted = state.entitledBy === undefined ? undefined : view.applications.get(state.entitledBy);
  return Account.create({
    accountId: view.accountId,
    companyName: state.companyName,
    contacts,
    enterpriseVerification: {
      state: state.verified
        ? EnterpriseVerification_State.STATE_VERIFIED
        : EnterpriseVerification_State.STATE_UNVERIFIED,
      verifyTime: verification?.time,
      verifier: verification?.verifier ?? '',
    },
    websocketEntitlement: {
      state: granted ? Entitlement_State.STATE_ACTIVE : Entitlement_State.STATE_NONE,
      applicationId: granted?.applicationId ?? '',
      grantTime: granted?.decision?.time,
    },
    createTime: view.createTime,
    etag: etagOf(view.sequence),
  });
}

/** An application as callers see it. */
export function applicationMessage(application: ApplicationView, { state, sequence }: AccountView): Application {
  return Application.create({
    accountId: application.accountId,
    applicationId: application.applicationId,
    state: applicationStates[application.state],
    purpose: application.purpose,
    submitTime: application.submitTime,
    dueTime: application.dueTime,
    decideTime: application.decision?.time,
    decider: application.decision?.actor ?? '',
    reason: application.decision?.reason ?? '',
    companyName: state.companyName,
    etag: etagOf(sequence),
  });
}
