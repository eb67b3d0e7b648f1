import type { Init } from '@meshwright/envoy-api';
import type { HeaderMatcherSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import type { HeaderConditionIr } from '../../ir/proxy.ts';

type HeaderMatcherInit = Init<typeof HeaderMatcherSchema>;

const kinds = {
  exact: (value) => ({ headerMatchSpecifier: { case: 'stringMatch', value: { matchPattern: { case: 'exact', value } } } }),
  exactAnyCase: (value) => ({
    headerMatchSpecifier: { case: 'stringMatch', value: { matchPattern: { case: 'exact', value }, ignoreCase: true } },
  }),
  suffixAnyCase: (value) => ({
    headerMatchSpecifier: { case: 'stringMatch', value: { matchPattern: { case: 'suffix', value }, ignoreCase: true } },
  }),
  // One condition rather than two routes: the text or nothing, and no header is nothing.
  exactOrAbsent: (value) => ({
    headerMatchSpecifier: {
      case: 'stringMatch',
      value: { matchPattern: { case: 'safeRegex', value: { regex: `(?:${literal(value)})?` } } },
    },
    treatMissingHeaderAsEmpty: true,
  }),
} satisfies Record<HeaderConditionIr['kind'], (value: string) => HeaderMatcherInit>;

/** Translates a condition on one header that the compiler itself needs. */
export function headerCondition({ name, kind, value }: HeaderConditionIr): HeaderMatcherInit {
  return { name, ...kinds[kind](value) };
}

/** The RE2 expression that matches this text alone. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
