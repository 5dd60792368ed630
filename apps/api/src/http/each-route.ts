import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';

/** A handler of a controller, in the form that decorators of methods take. */
export interface Route {
  prototype: object;
  name: string;
  descriptor: PropertyDescriptor;
  handler: object;
  method: RequestMethod;
}

/** Yields the routes of controllers. */
export function* eachRoute(controllers: Type[]): Generator<Route> {
  for (const { prototype } of controllers as { prototype: object }[])
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const handler = descriptor.value as object | undefined;
      if (typeof handler !== 'function') continue;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method !== undefined) yield { prototype, name, descriptor, handler, method };
    }
}
