/** Variables of an event in expressions and templates. */
export type EventScope = {
  event: { id: string; name: string; occurred_at: string };
  payload: Record<string, unknown>;
  contact: {
    id: string | null;
    name: string | null;
    external_id: string | null;
    phone: string | null;
    attributes: Record<string, unknown>;
    tags: string[];
  };
};
