import { seesAllAccounts } from '@longwire/auth';
import type { Caller } from '@longwire/auth';
import {
  Account,
  ContactVerification,
  ContactVerification_State,
  Entitlement,
  Entitlement_State,
  EnterpriseVerification,
  EnterpriseVerification_State,
} from '@longwire/contracts/activation/v1/account';
import { Application, Application_State } from '@longwire/contracts/activation/v1/application';
import { GetDeskFiguresResponse } from '@longwire/contracts/activation/v1/desk_service';
import { etagOf } from '@longwire/eventlog';
import type { Contacts } from './contacts.ts';
import type { DeskFigures } from './desk-figures.ts';
import type { Limits } from './events.ts';
import { isVerified } from './prerequisites.ts';
import type { AccountView, ApplicationView } from './read-model.ts';
import type { AccountState, ApplicationState, ContactCheck } from './state.ts';

export const applicationStates: Record<ApplicationState, Application_State> = {
  pending: Application_State.STATE_PENDING,
  approved: Application_State.STATE_APPROVED,
  rejected: Application_State.STATE_REJECTED,
  withdrawn: Application_State.STATE_WITHDRAWN,
};

/** An account as this caller sees it: what reviewers keep for themselves is left out for customers. */
export function accountMessage(view: AccountView, contacts: Contacts, caller: Caller, now: Date): Account {
  const { state } = view;
  return Account.create({
    accountId: view.accountId,
    companyName: state.companyName,
    country: state.registration?.country ?? '',
    registrationNumber: state.registration?.number ?? '',
    language: state.language ?? 'en',
    contacts,
    phoneVerification: contactMessage(state.checks.sms, now),
    emailVerification: contactMessage(state.checks.email, now),
    enterpriseVerification: verificationMessage(view, seesAllAccounts(caller), now),
    websocketEntitlement: entitlementMessage(view),
    createTime: view.createTime,
    etag: etagOf(view.sequence),
  });
}

/** An application as this caller sees it. */
export function applicationMessage(application: ApplicationView, view: AccountView, caller: Caller): Application {
  const { decision } = application;
  return Application.create({
    accountId: application.accountId,
    applicationId: application.applicationId,
    state: applicationStates[application.state],
    purpose: application.purpose,
    domains: application.domains,
    peakBandwidthBps: BigInt(application.peakBandwidthBps),
    peakConnections: BigInt(application.peakConnections),
    submitTime: application.submitTime,
    dueTime: application.dueTime,
    decideTime: decision?.time,
    decider: decision?.actor ?? '',
    reason: decision?.reason ?? '',
    mend: decision?.mend ?? [],
    limits: limitsMessage(decision?.limits),
    companyName: view.state.companyName,
    etag: etagOf(view.sequence),
    ...(seesAllAccounts(caller) && deskOnly(application, view)),
  });
}

/** What the desk has to do, and how fast it did it. */
export function figuresMessage(figures: DeskFigures): GetDeskFiguresResponse {
  return GetDeskFiguresResponse.create({
    pendingCount: figures.pending,
    claimedCount: figures.claimed,
    overdueCount: figures.overdue,
    answeredCount: figures.answered,
    lateCount: figures.late,
    answerP50: durationMessage(figures.p50Ms),
    answerP95: durationMessage(figures.p95Ms),
  });
}

function durationMessage(ms: number | undefined) {
  return ms === undefined ? undefined : { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}

function deskOnly({ applicationId, claimTime, notes }: ApplicationView, { state: { open } }: AccountView) {
  const isOpen = open?.applicationId === applicationId;
  return { claimer: (isOpen && open.claimer) || '', claimTime: isOpen ? claimTime : undefined, notes };
}

function contactMessage(check: ContactCheck | undefined, now: Date): ContactVerification {
  if (!check) return ContactVerification.create({ state: ContactVerification_State.STATE_UNVERIFIED });
  const { verificationId } = check;
  if (check.verified)
    return ContactVerification.create({ state: ContactVerification_State.STATE_VERIFIED, verificationId });
  const expireTime = new Date(check.expireTime);
  const isGood = now < expireTime;
  return ContactVerification.create({
    state: isGood ? ContactVerification_State.STATE_REQUESTED : ContactVerification_State.STATE_UNVERIFIED,
    verificationId,
    expireTime: isGood ? expireTime : undefined,
  });
}

function verificationMessage(
  { state, verification }: AccountView,
  withEvidence: boolean,
  now: Date,
): EnterpriseVerification {
  return EnterpriseVerification.create({
    state: verificationState(state, now),
    verifyTime: verification?.time,
    verifier: verification?.verifier ?? '',
    evidence: (withEvidence && state.evidence) || '',
    expireTime: state.verifiedUntil === undefined ? undefined : new Date(state.verifiedUntil),
    revokeReason: state.revokeReason ?? '',
  });
}

function verificationState(state: AccountState, now: Date): EnterpriseVerification_State {
  if (isVerified(state, now)) return EnterpriseVerification_State.STATE_VERIFIED;
  if (state.verified) return EnterpriseVerification_State.STATE_EXPIRED;
  if (state.revokeReason !== undefined) return EnterpriseVerification_State.STATE_REVOKED;
  return EnterpriseVerification_State.STATE_UNVERIFIED;
}

function entitlementMessage({ state, applications, suspendTime }: AccountView): Entitlement {
  const granted = state.entitledBy === undefined ? undefined : applications.get(state.entitledBy);
  if (!granted) return Entitlement.create({ state: Entitlement_State.STATE_NONE });
  const isSuspended = state.suspendReason !== undefined;
  return Entitlement.create({
    state: isSuspended ? Entitlement_State.STATE_SUSPENDED : Entitlement_State.STATE_ACTIVE,
    applicationId: granted.applicationId,
    grantTime: granted.decision?.time,
    limits: limitsMessage(state.limits),
    suspendTime: isSuspended ? suspendTime : undefined,
    suspendReason: state.suspendReason ?? '',
  });
}

function limitsMessage(limits: Limits | undefined) {
  return limits && { bandwidthBps: BigInt(limits.bandwidthBps), connections: BigInt(limits.connections) };
}
