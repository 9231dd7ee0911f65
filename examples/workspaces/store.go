package main

import (
	"slices"
	"sync"
)

// store keeps the pages of workspaces in memory.
type store struct {
	mu    sync.RWMutex
	pages map[string]map[string]string // by the path of the workspace, by the name of the page
	gone  map[string]bool              // workspaces that were deleted
}

func newStore() *store {
	return &store{
		pages: map[string]map[string]string{"org:acme/workspace:research": {"plan": "Read, think, write."}},
		gone:  map[string]bool{},
	}
}

// list returns the names of the pages of a workspace; false when it was deleted.
func (s *store) list(workspace string) ([]string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := []string{}
	for name := range s.pages[workspace] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, !s.gone[workspace]
}

func (s *store) page(workspace, name string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	text, ok := s.pages[workspace][name]
	return text, ok && !s.gone[workspace]
}

// write reports whether there was such a workspace to write to.
func (s *store) write(workspace, name, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone[workspace] {
		return false
	}
	if s.pages[workspace] == nil {
		s.pages[workspace] = map[string]string{}
	}
	s.pages[workspace][name] = text
	return true
}

func (s *store) remove(workspace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone[workspace] = true
	delete(s.pages, workspace)
}
