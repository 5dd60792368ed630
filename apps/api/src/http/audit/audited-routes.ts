/** Audit of a route: its action, and whether a library makes the change, so that the entry is written after it. */
export interface RouteAudit {
  action: string;
  isLate?: boolean;
}

const late = (action: string): RouteAudit => ({ action, isLate: true });

/**
 * The action of each route that changes something, by operation id: subject and past verb. Names are stable, since clients filter by
 * them and entries keep them. The subject's id is the route's parameter, or that of the row that was created.
 */
export const auditedRoutes: Readonly<Record<string, string | RouteAudit>> = {
  // People and their access
  updateMe: 'person.changed',
  changePassword: late('person.password_changed'),
  startTotp: late('person.totp_started'),
  confirmTotp: late('person.totp_added'),
  removeTotp: late('person.totp_removed'),
  createRecoveryCodes: late('person.recovery_codes_created'),
  endOtherSignIns: 'person.sign_ins_ended',
  endMySignIn: 'person.sign_ins_ended',
  signIn: late('person.signed_in'),
  confirmSignIn: late('person.signed_in'),
  signInByLink: late('person.signed_in'),
  signOut: late('person.signed_out'),
  setPassword: late('person.password_set'),
  inviteStaff: 'person.invited',
  updateStaff: 'person.changed',
  acknowledgeGuesses: 'person.guesses_acknowledged',
  createPasswordLink: late('person.password_link_created'),
  endSignInsOf: 'person.sign_ins_ended',

  // Settings of the installation
  updateBrandSettings: 'branding.changed',
  updateTenantBrandSettings: 'branding.changed',

  // Tenants, keys, accounts
  createTenant: 'tenant.created',
  suspendTenant: 'tenant.suspended',
  resumeTenant: 'tenant.resumed',
  updateTenant: 'tenant.changed',
  updateTenantById: 'tenant.changed',
  createApiKey: 'api_key.created',
  rotateApiKey: 'api_key.rotated',
  revokeApiKey: 'api_key.revoked',
  createProviderAccount: 'provider_account.created',
  updateProviderAccount: 'provider_account.changed',
  deleteProviderAccount: 'provider_account.deleted',

  // Numbers
  addSession: 'session.created',
  updateSession: 'session.changed',
  deleteSession: 'session.deleted',
  linkSession: 'session.link_started',
  disconnectSession: 'session.disconnected',
  restartSession: 'session.restarted',
  regenerateSessionKey: 'session.key_regenerated',
  rotateWebhookSecret: 'session.webhook_secret_rotated',
  rotateHookToken: 'session.hook_token_rotated',
  pauseSession: 'session.paused',
  resumeSession: 'session.resumed',
  pauseSessions: 'session.paused',
  resumeSessions: 'session.resumed',
  confirmPhone: 'session.phone_confirmed',
  createLinkInvitation: 'session.link_invited',
  revokeLinkInvitation: 'session.link_revoked',
  updateLaneLimits: 'session.limits_changed',
  putCapPool: 'cap_pool.changed',
  deleteCapPool: 'cap_pool.deleted',

  // The simulator
  changeSimulatorNumber: late('simulator.number_changed'),
  linkSimulatorNumber: late('simulator.number_linked'),
  receiveSimulatorMessage: late('simulator.message_received'),
  addSimulatorFault: late('simulator.fault_added'),
  removeSimulatorFaults: late('simulator.faults_removed'),
  resetSimulator: late('simulator.ledger_cleared'),

  // Messages and their groups
  cancelMessage: 'message.cancelled',
  startMessageCancel: 'message.cancel_started',
  cancelJob: 'job.cancelled',
  updateMessageGroup: 'message_group.changed',
  pauseMessageGroup: 'message_group.paused',
  resumeMessageGroup: 'message_group.resumed',
  cancelMessageGroup: 'message_group.cancelled',

  // Dead letters
  redriveDeadLetter: 'dead_letter.redriven',
  redriveDeadLetters: 'dead_letter.redriven',
  startDeadLetterRedrive: 'dead_letter.redrive_started',
  discardDeadLetter: 'dead_letter.discarded',
  startDeadLetterDiscard: 'dead_letter.discard_started',
  purgeDeadLetters: 'dead_letter.purged',
  takeDeadLetterCause: 'dead_letter_cause.taken',
  releaseDeadLetterCause: 'dead_letter_cause.released',
  setDeadLetterAlert: 'dead_letter_cause.alert_set',

  // Contacts
  putContact: 'contact.put',
  updateContact: 'contact.changed',
  mergeContacts: 'contact.merged',
  splitContact: 'contact.split',
  recordConsent: 'contact.consent_recorded',
  startContactEdit: 'contact_edit.started',
  cancelContactEdit: 'contact_edit.cancelled',
  undoContactEdit: 'contact_edit.undone',
  createImport: 'contact_import.uploaded',
  createRecipientImport: 'contact_import.opened',
  finishImport: 'contact_import.finished',
  putImportMapping: 'contact_import.mapped',
  startImportCheck: 'contact_import.check_started',
  startImport: 'contact_import.started',
  cancelImport: 'contact_import.cancelled',
  undoImport: 'contact_import.undone',
  putContactAttribute: 'contact_attribute.changed',
  deleteContactAttribute: 'contact_attribute.deleted',
  createContactList: 'contact_list.created',
  updateContactList: 'contact_list.changed',
  deleteContactList: 'contact_list.deleted',
  addContactListMembers: 'contact_list.members_added',
  removeContactListMembers: 'contact_list.members_removed',
  createSegment: 'segment.created',
  updateSegment: 'segment.changed',
  deleteSegment: 'segment.deleted',
  addSuppressions: 'suppression.added',
  liftSuppression: 'suppression.lifted',
  putOptKeywords: 'opt_keywords.changed',
  resetOptKeywords: 'opt_keywords.reset',
  confirmOptOutReview: 'opt_out_review.confirmed',
  dismissOptOutReview: 'opt_out_review.dismissed',

  // Campaigns
  createCampaign: 'campaign.created',
  updateCampaign: 'campaign.changed',
  deleteCampaign: 'campaign.deleted',
  checkCampaign: 'campaign.checked',
  launchCampaign: 'campaign.launched',
  approveCampaign: 'campaign.approved',
  pauseCampaign: 'campaign.paused',
  resumeCampaign: 'campaign.resumed',
  cancelCampaign: 'campaign.cancelled',
  copyCampaign: 'campaign.copied',
  cancelCampaignRetry: 'campaign.retry_stopped',
  testCampaign: 'campaign.tested',
  changeCampaignPace: 'campaign.pace_changed',
  createTemplate: 'template.created',
  updateTemplate: 'template.changed',
  testTemplate: 'template.tested',
  addMedia: 'media.added',
  deleteMedia: 'media.deleted',
  createCampaignFollowUp: 'campaign.follow_up_created',
  createCampaignReportLink: 'campaign.report_link_created',
  revokeCampaignReportLink: 'campaign.report_link_revoked',
  createCampaignApprovalLink: 'campaign.approval_link_created',
  revokeCampaignApprovalLink: 'campaign.approval_link_revoked',
  recordCampaignDecision: 'campaign.decided_by_client',

  // Events and callbacks
  replayEvents: 'event.replayed',
  startEventReplay: 'event.replay_started',
  updateEvent: 'event.corrected',
  createEventRule: 'event_rule.created',
  updateEventRule: 'event_rule.changed',
  deleteEventRule: 'event_rule.deleted',
  putEventType: 'event_type.changed',
  deleteEventType: 'event_type.deleted',
  createCallbackEndpoint: 'callback_endpoint.created',
  updateCallbackEndpoint: 'callback_endpoint.changed',
  deleteCallbackEndpoint: 'callback_endpoint.deleted',
  pauseCallbackEndpoint: 'callback_endpoint.paused',
  resumeCallbackEndpoint: 'callback_endpoint.resumed',
  testCallbackEndpoint: 'callback_endpoint.tested',
  rotateCallbackSecret: 'callback_endpoint.secret_rotated',
  replayCallbacks: 'callback.replayed',
  startCallbackReplay: 'callback.replay_started',
};

const traffic = 'Ordinary traffic: the message and its history name the actor.';
const nothing = 'Changes nothing: it finds out what would happen.';

/** Routes with another method than GET that leave no entry, each with its reason. */
export const exemptRoutes: Readonly<Record<string, string>> = {
  sendMessage: traffic,
  sendMessages: traffic,
  replyToConversation: traffic,
  sendEvent: 'Ordinary traffic: the event is stored with its source.',
  sendEvents: 'Ordinary traffic: the events are stored with their source.',
  putImportChunk: 'Traffic of the import: opening and finishing it leave entries, and a chunk is never changed.',
  receiveWasenderHook: 'Ordinary traffic of the provider: hooks are stored.',
  markConversationRead: 'Reading: it moves a mark of what was seen.',
  syncSession: 'Reading: it asks the provider for the status. Changes of the status are in the history of the session.',
  testProviderAccount: 'Reading: it asks the provider whether it takes the stored token.',
  getPhoneLink: 'Reading: its token is in the body, so that no log of addresses has it.',
  getSharedCampaignApproval: 'Reading: its token is in the body, so that no log of addresses has it.',
  getSharedCampaignReport: 'Reading: its token is in the body, so that no log of addresses has it.',
  startPhoneLink: 'The holder of a link is unknown. Making the link leaves an entry, and the history of the session shows the linking.',
  countSegment: nothing,
  tryRouting: nothing,
  tryEvent: nothing,
  tryTemplate: nothing,
  testOptKeywords: nothing,
  startSingleSignOn: 'Begins a sign-in elsewhere; the sign-in itself leaves an entry.',
  requestPasswordReset: 'Sends an email to its owner and answers the same for anybody; setting the password leaves an entry.',
};

/** Returns how the route of this operation is audited; null: it is exempt. A route that is not named is audited under its operation id. */
export function routeAuditOf(operationId: string): RouteAudit | null {
  if (operationId in exemptRoutes) return null;
  const found = auditedRoutes[operationId] ?? `route.${operationId}`;
  return typeof found === 'string' ? { action: found } : found;
}
