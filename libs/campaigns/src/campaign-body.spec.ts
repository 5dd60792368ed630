import { campaignBody } from './campaign-body';

describe('the body of a campaign', () => {
  it('names variables as templates do, however a system writes their accents', () => {
    const { message } = campaignBody.parse({ name: 'Sale', message: { variables: { 'pre\u0301nom': 'friend' } } });
    expect(message.variables).toEqual({ prénom: 'friend' });
  });
});
