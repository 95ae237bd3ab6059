export {
  argumentOf,
  type DocumentItem,
  decodeBase64,
  decodeWhole,
  encodeObject,
  exactlyOne,
  objectOf,
  parseDocument,
} from '../directory/document.ts'
