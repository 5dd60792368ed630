import { openTestDatabase } from '@heliograph/kernel/testing';
import { newId } from '@heliograph/kernel';
import '@heliograph/messaging';
import '@heliograph/inbox';
import { SegmentCounts, selectionTree, ContactLists } from '@heliograph/contacts';
import { keyActor } from '@heliograph/kernel/testing';

it('measures', async () => {
  const test = await openTestDatabase();
  const db = test.db;
  const out: string[] = [];
  for (const n of (process.env.SIZES ?? '100000').split(',').map(Number)) {
    const tenant = newId();
    const lists = new ContactLists(db);
    const list = await lists.create(tenant, keyActor('x'), { name: 'L', description: null });
    const session = newId();
    let t = Date.now();
    for (const one of ['messages','contacts','contact_list_members']) await db.query(`ALTER TABLE ${one} DISABLE TRIGGER USER`);
    await db.query(`INSERT INTO contacts (tenant_id, id, name, external_id, attributes, tags, created_at)
      SELECT $1, ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'Person ' || i, 'u-' || i, jsonb_build_object('plan', (ARRAY['free','pro','team'])[1 + i % 3], 'visits', i % 50, 'ends', '2026-12-' || lpad((1 + i % 28)::text, 2, '0')),
        CASE WHEN i % 5 = 0 THEN ARRAY['vip'] WHEN i % 7 = 0 THEN ARRAY['trial'] ELSE '{}' END, now() - (i % 400) * interval '1 day' FROM generate_series(1, $2) i`, [tenant, n]);
    await db.query(`INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, CASE i % 4 WHEN 0 THEN '+55119' WHEN 1 THEN '+4477' WHEN 2 THEN '+1416' ELSE '+4917' END || lpad(i::text, 8, '0'), ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid FROM generate_series(1, $2) i WHERE i % 100 <> 0`, [tenant, n]);
    await db.query(`INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor) SELECT $1, gen_random_uuid(), ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '', 'marketing', CASE WHEN i % 20 = 0 THEN 'opt_out' ELSE 'opt_in' END, 'import', 'x' FROM generate_series(1, $2) i WHERE i % 10 <> 3`, [tenant, n]);
    await db.query(`INSERT INTO suppressions (tenant_id, address, reason, actor) SELECT $1, address, 'opt_out', 'x' FROM contact_addresses a WHERE a.tenant_id = $1 AND right(address, 1) = '0' AND substr(address, length(address) - 1, 1) IN ('0','2','4','6','8')`, [tenant]);
    await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $3, ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid FROM generate_series(1, $2) i WHERE i % 3 = 0`, [tenant, n, list.id]);
    await db.query(`INSERT INTO messages (tenant_id, id, session_id, class, state, recipient, kind, body, created_at, expires_at, sent_at, delivered_at)
      SELECT $1, gen_random_uuid(), $2, 3, 'sent', a.address, 'text', '{}', now(), now(), now() - (k * 20) * interval '1 day', now() FROM contact_addresses a CROSS JOIN generate_series(1, 2) k WHERE a.tenant_id = $1 AND right(a.address, 1) IN ('1','2','3','4','5')`, [tenant, session]);
    await db.query(`INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at, last_inbound_at) SELECT $1, gen_random_uuid(), $2, 'person', c.id, 'x', now(), now() - (random() * 60) * interval '1 day' FROM contacts c WHERE c.tenant_id = $1 AND c.attributes ->> 'plan' = 'pro'`, [tenant, session]);
    await db.query(`INSERT INTO contact_tags (tenant_id, tag, contact_id) SELECT tenant_id, unnest(tags), id FROM contacts WHERE tenant_id = $1`, [tenant]);
    await db.query('VACUUM ANALYZE contacts'); await db.query('VACUUM ANALYZE contact_addresses'); await db.query('VACUUM ANALYZE consents'); await db.query('VACUUM ANALYZE suppressions'); await db.query('VACUUM ANALYZE contact_list_members'); await db.query('VACUUM ANALYZE contact_tags'); await db.query('VACUUM ANALYZE messages'); await db.query('VACUUM ANALYZE conversations');
    out.push(`${n}: filled in ${Date.now() - t} ms`);
    const fs = require('node:fs');
    const cpu = async () => { const pids = await db.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()`); return pids.reduce((sum, { pid }) => { try { const f = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return sum + (Number(f[11]) + Number(f[12])) * 10; } catch { return sum; } }, 0); };
    const counts = new SegmentCounts(db);
    const one = (field: string, operator: string, value: unknown = null) => ({ field, operator, value });
    const trees: Record<string, unknown> = {
      everybody: { rules: [] },
      attribute: { rules: [one('attributes.plan', 'equals', 'pro')] },
      'number, list and not': { rules: [one('attributes.visits', 'at_least', 10), { not: true, rules: [one('list', 'is_one_of', [list.id])] }] },
      'tags and attribute': { rules: [one('tags', 'is_one_of', ['vip']), one('attributes.plan', 'is_one_of', ['pro', 'team'])] },
      'tag or list': { combinator: 'or', rules: [one('tags', 'is_one_of', ['vip']), one('list', 'is_one_of', [list.id])] },
      country: { rules: [one('country', 'is_one_of', ['GB', 'CA'])] },
      consent: { rules: [one('consent', 'is_one_of', ['opt_in'])] },
      'not opted out': { rules: [one('opted_out', 'equals', false)] },
      'never sent': { rules: [one('last_sent', 'is_empty')] },
      'sent lately, no reply': { rules: [one('last_sent', 'in_last_days', 30), one('last_reply', 'not_in_last_days', 30)] },
      'name contains': { rules: [one('name', 'contains', '99')] },
      list: { rules: [one('list', 'is_one_of', [list.id])] },
    };
    for (const [name, tree] of Object.entries(trees)) {
      const times: number[] = [];
      let c = 0;
      for (let k = 0; k < Number(process.env.TIMES ?? 2); k++) { t = performance.now(); const before = await cpu(); const r = await counts.count(tenant, selectionTree.parse(tree)); times.push(`${Math.round(performance.now() - t)} (cpu ${(await cpu()) - before})` as never); c = r.count; }
      require('node:fs').appendFileSync('/tmp/c-seg-live.txt', `${n} ${name}: ${times.join(' / ')} ms, ${c}\n`); out.push(`${n} ${name}: ${times.join(' / ')} ms, ${c}`);
      console.log(out.at(-1));
    }
  }
  await test.close();
  require('node:fs').writeFileSync('/tmp/c-seg-measure.txt', out.join('\n'));
}, 900000);
