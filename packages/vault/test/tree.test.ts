import { describe, expect, it } from 'vitest'
import { applyOperation, emptyTree, nodeAt, type Tree } from '../src/client/index.ts'
import {
  type AccountId,
  type FileVersion,
  type Operation,
  parseSpacePath,
  type VersionId,
} from '../src/protocol/index.ts'

// Nothing that was stored goes away by what is written later: a deleted file keeps its versions, whatever takes its place.

const at = parseSpacePath
const written = {
  author: { account: 'a' as AccountId, device: 'd' as never },
  writtenAtMs: 0,
  sequence: 0,
}
const put = (path: string, version: string): Operation => ({
  kind: 'file',
  path: at(path),
  version: { version: version as VersionId } as unknown as FileVersion,
})
const drop = (path: string): Operation => ({ kind: 'delete', path: at(path) })
const move = (from: string, to: string): Operation => ({ kind: 'move', from: at(from), to: at(to) })
const folder = (path: string): Operation => ({ kind: 'folder', path: at(path) })

function tree(...operations: Operation[]): Tree {
  const made = emptyTree()
  for (const operation of operations) applyOperation(made, operation, written)
  return made
}

function versions(of: Tree, path: string): string[] | undefined {
  const node = of.nodes.get(at(path))
  return node?.kind === 'file' ? node.versions.map(({ version }) => version.version) : undefined
}

describe('the versions of a deleted file', () => {
  it('stay when the file is stored again', () => {
    expect(versions(tree(put('a', '1'), drop('a'), put('a', '2')), 'a')).toEqual(['1', '2'])
  })

  it('stay before those of a file that is moved to its place', () => {
    expect(versions(tree(put('a', '1'), drop('a'), put('b', '2'), move('b', 'a')), 'a')).toEqual(['1', '2'])
  })

  it('stay when a folder is moved to where one was deleted', () => {
    const moved = tree(put('f/a', '1'), drop('f'), put('g/a', '2'), put('g/b', '3'), move('g', 'f'))
    expect(versions(moved, 'f/a')).toEqual(['1', '2'])
    expect(versions(moved, 'f/b')).toEqual(['3'])
  })

  it.each([
    ['deleted', [drop('a')]],
    ['moved away', [move('a', 'z')]],
  ] as const)('come back when the folder in their place is %s', (_, after) => {
    for (const made of [[folder('a')], [put('a/inside', '9')], [folder('b'), move('b', 'a')]]) {
      const before = tree(put('a', '1'), put('a', '2'), drop('a'), ...made)
      expect(nodeAt(before, at('a'))?.kind).toBe('folder')
      const later = tree(put('a', '1'), put('a', '2'), drop('a'), ...made, ...after)
      expect(versions(later, 'a')).toEqual(['1', '2'])
      expect(nodeAt(later, at('a'))).toBeUndefined()
      applyOperation(later, put('a', '3'), written)
      expect(versions(later, 'a')).toEqual(['1', '2', '3'])
    }
  })
})
