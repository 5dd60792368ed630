import BlockOutlined from '@mui/icons-material/BlockOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
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
  number_needs_scan: QrCode2Outlined,
  number_needs_passkey: KeyOutlined,
  number_disconnected: LinkOffOutlined,
  endpoint_disabled: BlockOutlined,
  endpoint_failing: WebhookOutlined,
  dead_letters: MarkEmailUnreadOutlined,
  unknown_outcome: HelpOutlineOutlined,
  cap_near: ScheduleOutlined,
  group_paused: PauseOutlined,
};

/** Writes alerts: what it is, what follows from it, and what to do. */
export function useAlertWords() {
  const translate = useTranslate();
  const format = useFormat();
  const { data: clients = [] } = useClients();
  const reasons = useReasons(clients[0]?.id);
  return ({ kind, tenant_id, subject, cause, count, of }: Alert) => {
    const client = clients.find(({ id }) => id === tenant_id)?.name;
    const words = {
      name: subject?.name ?? translate('alerts.unnamed'),
      smart_count: count ?? 1,
      figure: count === null ? '' : format.number(count),
      of: of === null ? '' : format.number(of),
      cause: (cause && reasons.get(cause)?.text.replace(/\.$/, '')) ?? cause ?? '',
    };
    return {
      title: translate(`alerts.${kind}.title`, words),
      text: [client && `${client}.`, translate(`alerts.${kind}.text`, words)].filter(Boolean).join(' '),
      act: translate(`alerts.${kind}.act`, words),
    };
  };
}
