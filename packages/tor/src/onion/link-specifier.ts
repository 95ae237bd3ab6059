export {
  decodeLinkSpecifiers,
  encodeLinkSpecifiers,
  type LinkSpecifier,
  readLinkSpecifiers,
} from '../link/link-specifier.ts'
