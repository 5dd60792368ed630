import AutorenewOutlined from '@mui/icons-material/AutorenewOutlined';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import CheckCircleOutlined from '@mui/icons-material/CheckCircleOutlined';
import DescriptionOutlined from '@mui/icons-material/DescriptionOutlined';
import DoneAllOutlined from '@mui/icons-material/DoneAllOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import EventOutlined from '@mui/icons-material/EventOutlined';
import HelpOutlineOutlined from '@mui/icons-material/HelpOutlineOutlined';
import KeyOffOutlined from '@mui/icons-material/KeyOffOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import LinkOutlined from '@mui/icons-material/LinkOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import PlayCircleOutlined from '@mui/icons-material/PlayCircleOutlined';
import QrCode2Outlined from '@mui/icons-material/QrCode2Outlined';
import RemoveCircleOutlineOutlined from '@mui/icons-material/RemoveCircleOutlineOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import SwapHorizOutlined from '@mui/icons-material/SwapHorizOutlined';
import TimerOffOutlined from '@mui/icons-material/TimerOffOutlined';
import TuneOutlined from '@mui/icons-material/TuneOutlined';
import UndoOutlined from '@mui/icons-material/UndoOutlined';
import VerifiedUserOutlined from '@mui/icons-material/VerifiedUserOutlined';
import VisibilityOutlined from '@mui/icons-material/VisibilityOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import type { ComponentType } from 'react';
import { useTranslate } from 'react-admin';
import type { StateName } from '../theme/tokens';

type Look = readonly [StateName, ComponentType];

/** Hue and icon of each state; the word is the key `state.<kind>.<name>` of the language. */
export const looks = {
  message: {
    scheduled: ['queued', EventOutlined],
    queued: ['queued', ScheduleOutlined],
    claimed: ['sending', AutorenewOutlined],
    calling: ['sending', AutorenewOutlined],
    sent: ['sent', DoneOutlined],
    delivered: ['delivered', DoneAllOutlined],
    read: ['read', VisibilityOutlined],
    played: ['read', PlayCircleOutlined],
    failed: ['failed', ErrorOutlineOutlined],
    uncertain: ['uncertain', HelpOutlineOutlined],
    suppressed: ['suppressed', BlockOutlined],
    cancelled: ['suppressed', RemoveCircleOutlineOutlined],
    expired: ['suppressed', TimerOffOutlined],
  },
  dead_letter: {
    open: ['failed', ErrorOutlineOutlined],
    redriven: ['sent', ReplayOutlined],
    resolved: ['read', DoneAllOutlined],
    discarded: ['suppressed', RemoveCircleOutlineOutlined],
  },
  redrive: {
    helps: ['read', ReplayOutlined],
    may_duplicate: ['uncertain', HelpOutlineOutlined],
    no_help: ['queued', RemoveCircleOutlineOutlined],
  },
  endpoint: {
    active: ['read', LinkOutlined],
    failing: ['uncertain', ErrorOutlineOutlined],
    asked_to_wait: ['uncertain', ScheduleOutlined],
    paused: ['queued', PauseOutlined],
    disabled: ['failed', LinkOffOutlined],
  },
  callback: {
    pending: ['queued', ScheduleOutlined],
    delivered: ['read', DoneAllOutlined],
    dead: ['failed', ErrorOutlineOutlined],
  },
  event: {
    received: ['queued', ScheduleOutlined],
    done: ['read', DoneAllOutlined],
    rejected: ['failed', BlockOutlined],
    failed: ['failed', ErrorOutlineOutlined],
  },
  rule_result: {
    acted: ['read', DoneOutlined],
    matched: ['read', DoneOutlined],
    not_matched: ['queued', RemoveCircleOutlineOutlined],
    failed: ['failed', ErrorOutlineOutlined],
  },
  rule: {
    on: ['read', PlayCircleOutlined],
    off: ['queued', PauseOutlined],
    never: ['uncertain', HelpOutlineOutlined],
    failing: ['failed', ErrorOutlineOutlined],
  },
  broker: {
    connected: ['read', LinkOutlined],
    partly: ['uncertain', LinkOffOutlined],
    down: ['failed', LinkOffOutlined],
    silent: ['uncertain', HelpOutlineOutlined],
  },
  job: {
    queued: ['queued', ScheduleOutlined],
    running: ['sent', AutorenewOutlined],
    done: ['read', DoneAllOutlined],
    cancelled: ['suppressed', RemoveCircleOutlineOutlined],
    failed: ['failed', ErrorOutlineOutlined],
  },
  number: {
    connected: ['read', LinkOutlined],
    connecting: ['sent', AutorenewOutlined],
    needs_scan: ['uncertain', QrCode2Outlined],
    needs_passkey: ['uncertain', KeyOutlined],
    asked_to_wait: ['uncertain', ScheduleOutlined],
    disconnected: ['uncertain', LinkOffOutlined],
    logged_out: ['failed', LinkOffOutlined],
    expired: ['failed', LinkOffOutlined],
    credentials_invalid: ['failed', KeyOffOutlined],
    number_changed: ['failed', SwapHorizOutlined],
    limits_invalid: ['failed', TuneOutlined],
    paused: ['queued', PauseOutlined],
    new: ['queued', HelpOutlineOutlined],
    unknown: ['queued', HelpOutlineOutlined],
  },
  api_key: {
    active: ['read', KeyOutlined],
    ending: ['uncertain', TimerOffOutlined],
    expired: ['suppressed', TimerOffOutlined],
    revoked: ['suppressed', KeyOffOutlined],
  },
  client: {
    active: ['read', DoneOutlined],
    suspended: ['uncertain', PauseOutlined],
  },
  person: {
    active: ['read', DoneOutlined],
    invited: ['queued', ScheduleOutlined],
    disabled: ['suppressed', BlockOutlined],
  },
  second_factor: {
    on: ['read', VerifiedUserOutlined],
    off: ['queued', RemoveCircleOutlineOutlined],
  },
  consent: {
    opt_in: ['read', CheckCircleOutlined],
    opt_out: ['suppressed', BlockOutlined],
    void: ['queued', UndoOutlined],
    none: ['queued', RemoveCircleOutlineOutlined],
  },
  review: {
    open: ['uncertain', HelpOutlineOutlined],
    confirmed: ['suppressed', BlockOutlined],
    dismissed: ['queued', RemoveCircleOutlineOutlined],
  },
  suppression: {
    opt_out: ['suppressed', BlockOutlined],
    bad_number: ['failed', ErrorOutlineOutlined],
    manual: ['suppressed', RemoveCircleOutlineOutlined],
  },
  import: {
    uploading: ['sending', AutorenewOutlined],
    uploaded: ['queued', ScheduleOutlined],
    mapped: ['queued', ScheduleOutlined],
    checking: ['sending', AutorenewOutlined],
    checked: ['sent', DoneOutlined],
    running: ['sending', AutorenewOutlined],
    done: ['read', DoneAllOutlined],
    cancelled: ['suppressed', RemoveCircleOutlineOutlined],
    failed: ['failed', ErrorOutlineOutlined],
    undoing: ['sending', AutorenewOutlined],
    undone: ['queued', ReplayOutlined],
  },
  campaign: {
    draft: ['queued', DescriptionOutlined],
    checked: ['queued', DoneOutlined],
    scheduled: ['queued', EventOutlined],
    processing: ['sent', PlayArrowOutlined],
    paused: ['queued', PauseOutlined],
    stopped: ['uncertain', WarningAmberOutlined],
    completed: ['read', DoneAllOutlined],
    cancelled: ['suppressed', RemoveCircleOutlineOutlined],
    failed: ['failed', ErrorOutlineOutlined],
  },
  skip: {
    skipped: ['suppressed', BlockOutlined],
  },
  contact_edit: {
    running: ['sending', AutorenewOutlined],
    done: ['read', DoneAllOutlined],
    cancelled: ['suppressed', RemoveCircleOutlineOutlined],
    undoing: ['sending', AutorenewOutlined],
    undone: ['queued', ReplayOutlined],
    failed: ['failed', ErrorOutlineOutlined],
  },
} as const satisfies Record<string, Record<string, Look>>;

export type StateKind = keyof typeof looks;

/** Word, icon and colour of a state, always the three. An unknown one is shown by its name. */
export function StateChip({ kind, state, bare, big }: { kind: StateKind; state: string; bare?: boolean; big?: boolean }) {
  const translate = useTranslate();
  const [hue, Icon] = (looks[kind] as Record<string, Look>)[state] ?? ['queued', HelpOutlineOutlined];
  return (
    <span className={['chip', bare && 'bare', big && 'big'].filter(Boolean).join(' ')} data-state={hue}>
      <Icon />
      {state in looks[kind] ? translate(`state.${kind}.${state}`) : state}
    </span>
  );
}
