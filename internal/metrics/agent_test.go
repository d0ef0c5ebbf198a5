package metrics_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/metrics"
)

func TestTheFileOfAnAgent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.prom")
	a := metrics.Agent{Looked: time.Unix(1800000000, 0), Instances: map[string]int{"current": 4, "held back": 0}, Updates: map[string]int{"updated": 7}, Lost: 1}
	if err := a.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `# HELP lxdocker_agent_blind Whether the agent cannot see the instances.
# TYPE lxdocker_agent_blind gauge
lxdocker_agent_blind 0
# HELP lxdocker_agent_instances Instances of images of lxdocker, by how it is with their image.
# TYPE lxdocker_agent_instances gauge
lxdocker_agent_instances{status="current"} 4
lxdocker_agent_instances{status="held back"} 0
# HELP lxdocker_agent_last_look_timestamp_seconds When the agent has looked at all instances last.
# TYPE lxdocker_agent_last_look_timestamp_seconds gauge
lxdocker_agent_last_look_timestamp_seconds 1.8e+09
# HELP lxdocker_agent_notices_lost_total Notices that neither webhook nor command has taken, since the start.
# TYPE lxdocker_agent_notices_lost_total counter
lxdocker_agent_notices_lost_total 1
# HELP lxdocker_agent_updates_total Updates by the agent, by how they ended.
# TYPE lxdocker_agent_updates_total counter
lxdocker_agent_updates_total{outcome="updated"} 7
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
