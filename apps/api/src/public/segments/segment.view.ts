import {
  leftOutReasons,
  type PeopleUse,
  type Segment,
  selectionAreas,
  type SelectionCount,
  selectionOperators,
  selectionTree,
  type SelectionTree,
  selectionTypes,
} from '@heliograph/contacts';
import { actorSchema, pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { contactSchema, contactView, exampleContact } from '../contacts/contact.view';

const uuid = z.uuid();
const time = z.iso.datetime();
export const peopleName = z.string().trim().min(1).max(200);
export const peopleDescription = z.string().trim().max(1_000).nullable();
const exampleTree = {
  combinator: 'and' as const,
  not: false,
  rules: [
    { field: 'attributes.plan', operator: 'equals' as const, value: 'pro' },
    { field: 'tags', operator: 'is_none_of' as const, value: ['staff'] },
  ],
};
export const exampleActor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' } as const;

const members = { name: peopleName, description: peopleDescription, tree: selectionTree };
export const segmentBody = z
  .strictObject({ ...members, description: members.description.default(null) })
  .meta({ id: 'CreateSegment', example: { name: 'Pro, not staff', tree: exampleTree } });
export const segmentPatch = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateSegment', example: { name: 'Pro plan, not staff' } });
export const countBody = z.strictObject({ tree: selectionTree }).meta({ id: 'CountSegment', example: { tree: exampleTree } });
export const segmentQuery = z.strictObject({ name: searchText(200).optional().meta({ description: 'Part of the name.' }), ...pageQuery });

const ruleSchema = z
  .object({ field: z.string(), operator: z.enum(selectionOperators), value: z.unknown() })
  .meta({ id: 'SegmentRule', example: exampleTree.rules[0] });
/** A tree of rules in an answer. */
export const treeSchema: z.ZodType<SelectionTree> = z
  .object({
    combinator: z.enum(['and', 'or']),
    not: z.boolean(),
    get rules(): z.ZodArray<z.ZodType<SelectionTree['rules'][number]>> {
      return z.array(z.union([ruleSchema, treeSchema])) as never;
    },
  })
  .meta({ id: 'SegmentRules', example: exampleTree });

const exampleSegment = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073c00',
  version: 2,
  name: 'Pro, not staff',
  description: null,
  tree: exampleTree,
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: exampleActor,
  updated_at: '2026-11-24T12:00:00.000Z',
  updated_by: exampleActor,
};
/** A segment. */
export const segmentSchema = z
  .object({
    id: uuid,
    version: z.int().meta({ description: 'Number of changes, from 1 on.' }),
    name: z.string(),
    description: z.string().nullable(),
    tree: treeSchema,
    created_at: time,
    created_by: actorSchema,
    updated_at: time,
    updated_by: actorSchema,
  })
  .meta({ id: 'Segment', example: exampleSegment });
export const segmentPage = pageSchema(segmentSchema, { id: 'SegmentPage', example: { data: [exampleSegment], next_cursor: null } });

const exampleUse = { kind: 'campaign', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2', name: 'Summer sale', state: 'draft', holds: true };
export const useList = z
  .object({
    data: z.array(
      z
        .object({
          kind: z.string().meta({ description: '`campaign` or `segment`.' }),
          id: uuid,
          name: z.string(),
          state: z.string().nullable().meta({ description: 'State of a campaign.' }),
          holds: z.boolean().meta({ description: 'True when it prevents the deletion.' }),
        })
        .meta({ id: 'PeopleUse', example: exampleUse }),
    ),
  })
  .meta({ id: 'PeopleUseList', example: { data: [exampleUse] } });

const exampleField = {
  name: 'tags',
  type: 'set' as const,
  label: 'Tags',
  area: 'contact' as const,
  operators: ['is_one_of' as const, 'is_none_of' as const],
  choices: null,
  refers_to: null,
};
export const fieldList = z
  .object({
    data: z.array(
      z
        .object({
          name: z.string(),
          type: z
            .enum(selectionTypes)
            .meta({ description: '`any`: an attribute whose type is not declared; it has operators of all types.' }),
          label: z.string().meta({ description: 'Label in English, or that of the attribute.' }),
          area: z.enum(selectionAreas),
          operators: z.array(z.enum(selectionOperators)),
          choices: z.array(z.string()).nullable().meta({ description: 'Values of a field of the type `choice`.' }),
          refers_to: z.string().nullable().meta({ description: 'What the ids of a field of the type `reference` are of, such as `list`.' }),
        })
        .meta({ id: 'SegmentField', example: exampleField }),
    ),
  })
  .meta({ id: 'SegmentFieldList', example: { data: [exampleField] } });

/** Size of a selection. */
export const countSchema = z
  .object({
    count: z.int().meta({ description: 'Contacts that match.' }),
    reachable: z.int().meta({ description: 'Of these, the ones without a reason to leave them out.' }),
    left_out: z
      .object(Object.fromEntries(leftOutReasons.map((reason) => [reason, z.int()])) as Record<(typeof leftOutReasons)[number], z.ZodInt>)
      .meta({ description: 'The others by the first reason that applies. `no_consent`: the last marketing consent is no opt-in.' }),
    samples: z.array(contactSchema).meta({ description: 'At most 10 of the contacts, newest first.' }),
  })
  .meta({
    id: 'SegmentCount',
    example: {
      count: 1_204,
      reachable: 1_100,
      left_out: { no_address: 4, bad_number: 10, opted_out: 60, suppressed: 0, no_consent: 30 },
      samples: [exampleContact],
    },
  });

/** Editable members. */
export const editedSegment = ({ id, version }: Segment) => [id, version];

export const segmentView = (s: Segment): z.input<typeof segmentSchema> => ({
  id: s.id,
  version: s.version,
  name: s.name,
  description: s.description,
  tree: s.tree,
  created_at: s.createdAt.toISOString(),
  created_by: s.createdBy,
  updated_at: s.updatedAt.toISOString(),
  updated_by: s.updatedBy,
});

export const useView = ({ isHolding, ...use }: PeopleUse) => ({ ...use, holds: isHolding });

export const countView = ({ count, reachable, leftOut, samples }: SelectionCount): z.input<typeof countSchema> => ({
  count,
  reachable,
  left_out: leftOut,
  samples: samples.map(contactView),
});
