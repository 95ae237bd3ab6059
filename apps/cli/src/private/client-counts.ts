import type { PrivateClientList } from '@warren/vault/protocol'

type Clients = PrivateClientList['clients']

export interface ClientCount {
  clients: number
  /** Their introduction groups; empty where there is one for all, and for who did not set the vault up. */
  groups: string[]
}

function count(clients: Clients): ClientCount {
  const groups = new Set(clients.flatMap(({ group }) => (group === undefined ? [] : [group])))
  return { clients: clients.length, groups: [...groups] }
}

/** How many clients of the private service each account uses; under `undefined` the links that nobody used. */
export function countByAccount(clients: Clients): Map<string | undefined, ClientCount> {
  const byAccount = Map.groupBy(clients, ({ account }) => account)
  return new Map([...byAccount].map(([account, own]) => [account, count(own)]))
}

/** How many clients each group has. */
export function countByGroup(clients: Clients): { name: string; clients: number }[] {
  return count(clients).groups.map((name) => ({
    name,
    clients: clients.filter(({ group }) => group === name).length,
  }))
}
