/** Words of the live state and of alerts. */
export const live = {
  live: {
    live: 'Live',
    reconnecting: 'Reconnecting',
    paused: 'Paused',
    pause: 'Press to stop the page while you read.',
    resume: 'Press to go on.',
    last: 'Last event at %{time}.',
    waiting: '%{figure} new |||| %{figure} new',
  },
  alerts: {
    unread: 'What needs you could not be read',
    bell: '%{figure} thing needs you |||| %{figure} things need you',
    none: 'Nothing needs you.',
    all: 'See all %{count} on the overview',
    need: 'need you',
    unnamed: 'Unnamed group',
    waiting: {
      messages: {
        some: 'Its messages wait',
        count: '%{figure} message waits |||| %{figure} messages wait',
        more: '%{figure} messages or more wait',
      },
      callbacks: {
        some: 'Its callbacks wait',
        count: '%{figure} callback waits |||| %{figure} callbacks wait',
        more: '%{figure} callbacks or more wait',
      },
    },
    phones: 'Expected %{confirmed}, found %{linked}.',
    broker_down: {
      title: 'The broker %{name} cannot be reached',
      text: 'What it carries waits there: %{cause}',
      silent: 'No worker reads it. What it carries waits there.',
      act: 'See the queues',
    },
    events_rejected: {
      title: '%{figure} event was not followed: %{cause} |||| %{figure} events were not followed: %{cause}',
      text: 'The newest came within a day.',
      act: 'Open cause',
    },
    opt_out_reviews: {
      title: '%{figure} message may be an opt-out |||| %{figure} messages may be opt-outs',
      text: 'Until someone decides, these people are written to as before.',
      act: 'Decide',
    },
    campaign_failed: { title: '%{name} has failed', text: 'It cannot go on. What it had not sent was cancelled.', act: 'Open campaign' },
    campaign_held: { title: '%{name} was stopped', text: '%{why} %{waiting}.', act: 'Open campaign' },
    campaign_approval: {
      title: '%{name} waits for an approval',
      text: 'Someone who neither wrote nor changed it must approve it before it can start.',
      act: 'Open campaign',
    },
    campaign_paused: { title: '%{name} is paused', text: '%{waiting} until someone resumes it.', act: 'Open campaign' },
    ledger_held: {
      title: 'The database is held as an older copy',
      text: 'Drips, broadcasts and all that it had accepted wait until a person releases them on the command line.',
      act: 'See the guide',
    },
    no_worker: {
      title: 'No worker is alive',
      text: 'Nothing is sent. Messages wait and are sent once a worker runs.',
      act: 'See the engine',
    },
    account_guessed: {
      title: 'Somebody guesses the password of %{name}',
      text: 'There were too many tries to sign in. They are limited; its owner gets in from a network used before, or with a link that sets a password.',
      act: 'See the person',
    },
    number_logged_out: { title: '%{name} is logged out', text: '%{waiting} until a phone is linked again.', act: 'Link again' },
    number_expired: {
      title: 'The plan of %{name} has ended',
      text: '%{waiting} until the plan is renewed at the provider.',
      act: 'Open',
    },
    number_key_refused: {
      title: 'The provider refuses the key of %{name}',
      text: '%{waiting} until a valid key is set.',
      act: 'Set a key',
    },
    number_changed: {
      title: '%{name} is linked to another phone',
      text: '%{phones} %{waiting} until someone confirms the phone.',
      act: 'Compare',
    },
    lane_invalid: {
      title: 'The limits of %{name} cannot be used',
      text: '%{waiting} until its limits are corrected and saved.',
      act: 'Open',
    },
    number_needs_scan: { title: '%{name} waits for a QR code to be scanned', text: '%{waiting}.', act: 'Show the code' },
    number_needs_passkey: { title: '%{name} waits for a passkey', text: '%{waiting}.', act: 'Open' },
    number_disconnected: {
      title: '%{name} has lost its connection',
      text: '%{waiting}. The phone may be off or without a network.',
      act: 'Open',
    },
    endpoint_disabled: { title: 'The endpoint %{name} is switched off', text: 'It failed for too long. %{waiting}.', act: 'Open' },
    endpoint_failing: { title: 'The endpoint %{name} fails', text: 'Its callbacks are tried again. %{waiting} meanwhile.', act: 'Open' },
    dead_letters: {
      title: '%{figure} dead letter: %{cause} |||| %{figure} dead letters: %{cause}',
      text: 'The newest came within a day.',
      act: 'Open cause',
    },
    unknown_outcome: {
      title: '%{figure} message with unknown outcome |||| %{figure} messages with unknown outcome',
      text: 'No trace was found in time. A second copy is possible if it is sent again.',
      act: 'Decide',
    },
    cap_near: {
      title: '%{name} has %{figure} of %{of} left today',
      text: 'At the cap it stops, until %{until}.',
      act: 'See limits',
    },
    group_paused: { title: '%{name} is paused', text: '%{waiting} until someone resumes it.', act: 'See messages' },
  },
};
