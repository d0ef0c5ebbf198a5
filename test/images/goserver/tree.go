package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
)

// Node is one name below the folder that was asked for.
type Node struct {
	Mode     string // as ls prints it
	UID, GID uint32
	Inode    uint64
	Content  string // of a file; the target of a symlink
}

func tree(w http.ResponseWriter, r *http.Request) {
	root := r.URL.Query().Get("path")
	nodes := make(map[string]Node)
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		node, err := look(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		nodes[relative] = node
		return err
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, nodes)
}

func look(name string) (Node, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return Node{}, err
	}
	node := Node{Mode: info.Mode().String()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		node.UID, node.GID, node.Inode = stat.Uid, stat.Gid, stat.Ino
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		node.Content, err = os.Readlink(name)
	case info.Mode().IsRegular() && info.Size() < 4096:
		var data []byte
		data, err = os.ReadFile(name)
		node.Content = string(data)
	}
	return node, err
}
