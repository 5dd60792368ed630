/** Methods by path, used to answer 405 with Allow when a path exists without the requested method. */
export class RouteTable {
  private readonly routes: { steps: string[]; methods: Set<string> }[] = [];

  add(method: string | string[], url: string): void {
    const steps = url.split('/');
    const known = this.routes.find((route) => route.steps.join('/') === url);
    const methods = known?.methods ?? new Set<string>();
    for (const one of [method].flat()) methods.add(one);
    if (!known) this.routes.push({ steps, methods });
  }

  /** Returns the methods of a path, sorted; empty when no route has this path. */
  methodsOf(url: string): string[] {
    const steps = (url.split('?')[0] ?? '').split('/');
    const fitting = this.routes.filter(
      (route) =>
        route.steps.length === steps.length && route.steps.every((step, i) => (step.startsWith(':') ? steps[i] !== '' : step === steps[i])),
    );
    return [...new Set(fitting.flatMap(({ methods }) => [...methods]))].sort();
  }
}
