package catalog

import "hash/maphash"

// shards is into how many maps a table is cut.
const shards = 1024

var seed = maphash.MakeSeed()

// table is a map that never changes: the next one shares with it all shards in
// which nothing is different. The zero value is empty.
type table[K comparable, V any] struct{ maps []map[K]V }

func shardOf[K comparable](k K) int { return int(maphash.Comparable(seed, k) % shards) }

func (t table[K, V]) get(k K) V {
	if t.maps == nil {
		var none V
		return none
	}
	return t.maps[shardOf(k)][k]
}

// edit begins the next table.
func (t table[K, V]) edit() *edit[K, V] {
	e := &edit[K, V]{table: table[K, V]{make([]map[K]V, shards)}}
	copy(e.maps, t.maps)
	return e
}

// edit is a table in the making.
type edit[K comparable, V any] struct {
	table[K, V]
	own [shards]bool // nobody else has the map
}

// shard is the map of a key, to be changed.
func (e *edit[K, V]) shard(k K) map[K]V {
	i := shardOf(k)
	if !e.own[i] {
		mine := make(map[K]V, len(e.maps[i])+1)
		for k, v := range e.maps[i] {
			mine[k] = v
		}
		e.maps[i], e.own[i] = mine, true
	}
	return e.maps[i]
}

func (e *edit[K, V]) set(k K, v V) { e.shard(k)[k] = v }

func (e *edit[K, V]) delete(k K) { delete(e.shard(k), k) }
