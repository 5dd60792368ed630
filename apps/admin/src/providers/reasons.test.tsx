import { screen } from '@testing-library/react';
import { reasons as enReasons } from '../i18n/en/reasons';
import { words as fr } from '../i18n/fr';
import { reasons as frReasons } from '../i18n/fr/reasons';
import { server } from '../testing/server';
import { show } from '../testing/show';
import { useReasons } from './reasons';

const ofApi = (code: string) => ({ code, text: `${code} of the API`, what_to_do: 'Call.', redrive_helps: true, may_duplicate: false });
const codes = ['opted_out', 'invalid_payload', 'brand_new'];

function Shown() {
  const reasons = useReasons('0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0');
  return [...reasons.values()].map(({ code, text, what_to_do }) => <p key={code}>{`${code}: ${text} ${what_to_do}`}</p>);
}

beforeEach(() => {
  server.answer = ({ path }) => (path === '/v1/reasons' ? { data: codes.map(ofApi) } : { data: [] });
});

describe('causes', () => {
  it('are told in the language of the panel, those of events in the words of their page', async () => {
    show(<Shown />, { language: { locale: 'fr', words: fr } });
    expect(await screen.findByText(`opted_out: ${frReasons.opted_out.text} ${frReasons.opted_out.do}`)).toBeVisible();
    const { text, do: todo } = fr.events.reasons.invalid_payload;
    expect(screen.getByText(`invalid_payload: ${text} ${todo}`)).toBeVisible();
  });

  it('that the panel does not know are told in the words of the API', async () => {
    show(<Shown />);
    expect(await screen.findByText(`opted_out: ${enReasons.opted_out.text} ${enReasons.opted_out.do}`)).toBeVisible();
    expect(screen.getByText('brand_new: brand_new of the API Call.')).toBeVisible();
  });
});
