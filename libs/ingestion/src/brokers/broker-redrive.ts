import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LetterHandlers } from '@heliograph/dead-letters';
import { brokerLetters } from './broker-letters';
import { BrokerPoison } from './broker-poison.repository';

/** Redrives broker messages: workers with the role `brokers` retry them. */
@Injectable()
export class BrokerRedrive implements OnModuleInit {
  constructor(
    private readonly handlers: LetterHandlers,
    private readonly poison: BrokerPoison,
  ) {}

  onModuleInit(): void {
    this.handlers.register(brokerLetters, {
      redrive: (tx, tenantId, letters) =>
        this.poison.again(
          tx,
          tenantId,
          letters.map(({ subjectId }) => subjectId),
        ),
    });
  }
}
