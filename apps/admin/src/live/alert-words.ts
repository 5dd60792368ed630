import BlockOutlined from '@mui/icons-material/BlockOutlined';
import BoltOutlined from '@mui/icons-material/BoltOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import CampaignOutlined from '@mui/icons-material/CampaignOutlined';
import DnsOutlined from '@mui/icons-material/DnsOutlined';
import FactCheckOutlined from '@mui/icons-material/FactCheckOutlined';
import HelpOutlineOutlined from '@mui/icons-material/HelpOutlineOutlined';
import KeyOffOutlined from '@mui/icons-material/KeyOffOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import MarkEmailUnreadOutlined from '@mui/icons-material/MarkEmailUnreadOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import QrCode2Outlined from '@mui/icons-material/QrCode2Outlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import SwapHorizOutlined from '@mui/icons-material/SwapHorizOutlined';
import TuneOutlined from '@mui/icons-material/TuneOutlined';
import WebhookOutlined from '@mui/icons-material/WebhookOutlined';
import type { ComponentType } from 'react';
import { useTranslate } from 'react-admin';
import { useClients } from '../layout/client-switcher';
import { useFormat } from '../i18n/format';
import { maxCounted } from '../numbers/waiting';
import { phoneInText } from '../parts/values';
import { useReasons } from '../providers/reasons';
import type { Alert } from './live-alerts';

/** Icon of each kind of alert. */
export const alertIcons: Record<Alert['kind'], ComponentType> = {
  ledger_held: PauseOutlined,
  no_worker: ErrorOutlineOutlined,
  account_guessed: KeyOffOutlined,
  number_logged_out: LinkOffOutlined,
  number_expired: LinkOffOutlined,
  number_key_refused: KeyOffOutlined,
  number_changed: SwapHorizOutlined,
  lane_invalid: TuneOutlined,
  broker_down: DnsOutlined,
  number_needs_scan: QrCode2Outlined,
  number_needs_passkey: KeyOutlined,
  number_disconnected: LinkOffOutlined,
  endpoint_disabled: BlockOutlined,
  endpoint_failing: WebhookOutlined,
  dead_letters: MarkEmailUnreadOutlined,
  events_rejected: BoltOutlined,
  unknown_outcome: HelpOutlineOutlined,
  opt_out_reviews: BlockOutlined,
  campaign_failed: CampaignOutlined,
  campaign_held: CampaignOutlined,
  campaign_approval: FactCheckOutlined,
  campaign_paused: PauseOutlined,
  cap_near: ScheduleOutlined,
  group_paused: PauseOutlined,
};

/** Writes alerts: what it is, what follows from it, and what to do. */
export function useAlertWords() {
  const translate = useTranslate();
  const format = useFormat();
  const { data: clients = [] } = useClients();
  const reasons = useReasons(clients[0]?.id);
  const waitingWords = (what: 'messages' | 'callbacks', waiting: number | null): string => {
    const part = !waiting ? 'some' : waiting < maxCounted ? 'count' : 'more';
    return translate(`alerts.waiting.${what}.${part}`, { smart_count: waiting ?? 0, figure: format.number(waiting ?? 0) });
  };
  /** Reason why a campaign stopped, as its page says it. */
  const stopOf = (cause: string | null, since: string | null): string =>
    translate(cause === 'rule' ? 'campaigns.banner.rule' : `campaigns.cause.${cause}`, {
      time: since ? format.when(new Date(since)) : '',
      _: '',
    });
  return ({ kind, tenant_id, subject, cause, count, of, waiting, phones, since, until }: Alert) => {
    const client = clients.find(({ id }) => id === tenant_id)?.name;
    const words = {
      name: subject?.name ?? translate('alerts.unnamed'),
      smart_count: count ?? 1,
      figure: count === null ? '' : format.number(count),
      of: of === null ? '' : format.number(of),
      cause: (cause && reasons.get(cause)?.text.replace(/\.$/, '')) ?? cause ?? '',
      waiting: waitingWords(kind.startsWith('endpoint_') ? 'callbacks' : 'messages', waiting),
      phones: phones ? translate('alerts.phones', { confirmed: phoneInText(phones.confirmed), linked: phoneInText(phones.linked) }) : '',
      why: kind === 'campaign_held' ? stopOf(cause, since) : '',
      until: until ? format.when(new Date(until)) : '',
    };
    const text = translate(kind === 'broker_down' && cause === null ? 'alerts.broker_down.silent' : `alerts.${kind}.text`, words);
    return {
      title: translate(`alerts.${kind}.title`, words),
      text: [client && `${client}.`, text.trim()].filter(Boolean).join(' '),
      act: translate(`alerts.${kind}.act`, words),
    };
  };
}
