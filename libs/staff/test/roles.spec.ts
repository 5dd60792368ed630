import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeyScopes } from '@heliograph/tenants';
import { type Grant, may, type Permission, permissions, permissionsFor, permissionsOf, staffPermissions, staffRoles } from '../src/roles';

const [a, b] = ['0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0', '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0'];

describe('roles', () => {
  it('give the permissions that the table has, and no other', () => {
    for (const role of staffRoles)
      for (const permission of permissions)
        expect([role, permission, may([{ role, tenantId: null }], permission, null)]).toEqual([
          role,
          permission,
          permissionsOf[role].has(permission),
        ]);
  });

  it('give what docs/ADMIN.md says, cell by cell', () => {
    const lines = readFileSync(join(__dirname, '../../../docs/ADMIN.md'), 'utf8').split('\n');
    const cellsOf = (line = '') =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    const head = lines.findIndex((line) => line.startsWith('| permission |'));
    const [, ...roles] = cellsOf(lines[head]);
    expect(roles).toEqual(staffRoles.slice(2));
    const body = lines.slice(head + 2, lines.indexOf('', head));
    const written = body
      .map(cellsOf)
      .flatMap(([names = '', ...marks]) =>
        [...names.matchAll(/`([^`]+)`/g)].map(([, permission]) => [permission, roles.filter((_, at) => marks[at] === 'x')] as const),
      );
    expect(written.map(([permission]) => permission).sort()).toEqual([...permissions].sort());
    for (const [permission, of] of written)
      expect([permission, of]).toEqual([
        permission,
        staffRoles.slice(2).filter((role) => permissionsOf[role].has(permission as Permission)),
      ]);
  });

  it('of owners and administrators give all there is', () => {
    expect([...permissions].sort()).toEqual([...apiKeyScopes, ...staffPermissions].sort());
    for (const role of ['owner', 'admin'] as const) expect([...permissionsOf[role]]).toEqual(permissions);
  });

  it.each<[(typeof staffRoles)[number], Permission[]]>([
    ['operator', ['callbacks:manage', 'callbacks:bodies', 'keys:manage', 'tenant:manage', 'tenants:manage', 'staff:read', 'staff:manage']],
    ['engineer', ['messages:write', 'contacts:manage', 'conversations:write', 'tenant:manage', 'tenants:manage', 'staff:manage']],
    ['agent', ['messages:write', 'sessions:manage', 'contacts:manage', 'keys:manage', 'callbacks:bodies', 'staff:read', 'overview:read']],
    ['analyst', ['messages:write', 'conversations:write', 'callbacks:bodies', 'keys:manage', 'audit:read', 'staff:read']],
    [
      'viewer',
      ['messages:write', 'contacts:read', 'conversations:read', 'events:read', 'callbacks:read', 'dead_letters:read', 'staff:read'],
    ],
  ])('%s lacks what it must not have', (role, lacks) => {
    for (const permission of lacks) expect([permission, permissionsOf[role].has(permission)]).toEqual([permission, false]);
  });

  it('of roles below the administrator hand out neither people, tenants nor settings', () => {
    for (const role of staffRoles.slice(2))
      for (const permission of ['staff:manage', 'tenants:manage', 'settings:manage', 'tenant:manage'] as const)
        expect(permissionsOf[role].has(permission)).toBe(false);
  });

  it('for one tenant give nothing for another and nothing for all', () => {
    const grants: Grant[] = [
      { role: 'owner', tenantId: a },
      { role: 'viewer', tenantId: b },
    ];
    expect(permissionsFor(grants, a)).toEqual(permissions);
    expect(permissionsFor(grants, b).sort()).toEqual([...permissionsOf.viewer].sort());
    expect(permissionsFor(grants, null)).toEqual([]);
    expect(permissionsFor(grants, '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0')).toEqual([]);
    expect(permissionsFor([], a)).toEqual([]);
  });

  it('for all tenants and for one add up', () => {
    const grants: Grant[] = [
      { role: 'viewer', tenantId: null },
      { role: 'agent', tenantId: a },
    ];
    expect(may(grants, 'conversations:write', a)).toBe(true);
    expect(may(grants, 'conversations:write', b)).toBe(false);
    expect(may(grants, 'messages:read', b)).toBe(true);
  });
});
