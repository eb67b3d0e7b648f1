// Filled by the adapters beside it.
export {};
