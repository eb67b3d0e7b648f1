/** Writes one field of the model into an Envoy message under construction; the whole is for fields that mean something together. */
type Writer<Value, Out, Model> = (value: Value, out: Out, whole: Model) => void;

/** A writer for each field of a model type: a field without a writer does not compile. */
export type Writers<Model, Out> = { readonly [K in keyof Model]-?: Writer<NonNullable<Model[K]>, Out, Model> };

/** For a field that is written elsewhere, or nowhere yet; the row's comment says which. */
export const nothing = (): void => {};

/** Applies the writers in the order of their table, each to the field it is named after, where that is present. */
export function write<Model extends object, Out>(writers: Writers<Model, Out>, model: Model, out: Out): void {
  for (const [key, writer] of Object.entries(writers) as [keyof Model, Writer<unknown, Out, Model>][]) {
    const value: unknown = model[key];
    if (value !== undefined) writer(value, out, model);
  }
}
