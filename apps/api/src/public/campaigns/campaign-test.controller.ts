import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { maxSeeds, type SeedTest, SeedTests } from '@heliograph/campaigns';
import { composed } from '@heliograph/contacts';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { type ApiCaller, CurrentCaller } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { acceptedMessageSchema, acceptedView } from '../messages/message.view';
import { mayReadContacts } from '../templates/contact-values';

const uuid = z.uuid();
const testBody = z
  .strictObject({
    list_id: uuid.toLowerCase().optional().describe('List of contacts to send to. Default: `seed_list_id` of the settings of the tenant.'),
    variables: z
      .record(z.string().overwrite(composed).max(80), z.string().max(1_024))
      .default({})
      .describe('Values that go before all others, such as columns of a file that these people are not in.'),
  })
  .meta({ id: 'TestCampaign', example: { variables: { coupon: 'SUN20' } } });
const answerSchema = z
  .object({
    data: z.array(
      z.object({
        contact_id: uuid,
        name: z.string().nullable(),
        message: acceptedMessageSchema.nullable().meta({ description: 'Null: nothing is sent to the person.' }),
        reason: z.string().nullable().meta({
          description:
            'Reason why nothing is sent, such as `opted_out`, `no_address`, `no_session` or `missing_variable`; null: the message is.',
        }),
      }),
    ),
  })
  .meta({
    id: 'CampaignTest',
    example: {
      data: [
        {
          contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a1',
          name: 'Maya Lindt',
          message: acceptedMessageSchema.meta()?.example,
          reason: null,
        },
        { contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a2', name: null, message: null, reason: 'no_address' },
      ],
    },
  });

const view = ({ contactId, name, message, reason }: SeedTest) => ({
  contact_id: contactId,
  name,
  message: message && acceptedView(message),
  reason,
});

/** Tests of campaigns with people who see the message before the audience does. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id/test')
export class CampaignTestController {
  constructor(private readonly tests: SeedTests) {}

  @Post()
  @HttpCode(202)
  @Sends()
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'testCampaign',
    summary: 'Send the message of a campaign to the people of a seed list',
    description: `Each of them, at most ${maxSeeds}, gets the message as the campaign would send it to them, through a session of the campaign, with the class transactional. The messages are no part of the campaign and count in none of its figures. Needs the scope \`contacts:read\` as well.`,
  })
  @ApiResponse({ status: 202, description: 'Outcome of the test for each person.', standardSchema: answerSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign.'))
  @ApiResponse(problemResponse(409, 'no_seed_list', 'No seed list is named, or the campaign has no template (`no_template`).'))
  @ApiResponse(problemResponse(422, 'too_many_people', 'More people are on the list. `unknown_source`: there is no such list.'))
  async test(
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: testBody.default({ variables: {} }) }) { list_id, variables }: z.output<typeof testBody>,
  ): Promise<z.input<typeof answerSchema>> {
    mayReadContacts(caller, 'list_id');
    return { data: (await this.tests.send(caller.tenant, id, list_id, variables)).map(view) };
  }
}
