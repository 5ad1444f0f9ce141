import type { Router } from 'express';

/** A path pattern of a router and the methods it answers, in upper case. */
export interface ListedRoute {
  readonly path: string;
  readonly methods: readonly string[];
}

/**
 * Lists what routers answer, in the order in which they are asked.
 *
 * @throws {TypeError} for a nested router or middleware, whose paths cannot be known.
 */
export function listRoutes(routers: readonly Router[]): ListedRoute[] {
  return routers.flatMap((router) =>
    router.stack.map(({ route }) => {
      if (route === undefined || typeof route.path !== 'string') {
        throw new TypeError('only routers whose entries are routes with text paths can be served');
      }
      const methods = route.stack.map(({ method }) => method.toUpperCase());
      return { path: route.path, methods: [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)] };
    }),
  );
}
