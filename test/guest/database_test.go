//go:build e2e

package guest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestADatabaseKeepsWhatItHasConfirmed, however often it is stopped while
// clients write.
func TestADatabaseKeepsWhatItHasConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		c := launch(t, d, "mariadb", "")
		c.answers("1\n", "mariadb", "-BNe", "SELECT 1")
		c.exec("mariadb", "-e", "CREATE OR REPLACE DATABASE app; CREATE TABLE app.t (n BIGINT PRIMARY KEY, writer INT)")
		confirmed := 0
		for round := range 10 {
			w := c.writes(round)
			c.until(func() error { // it is under load
				if n := c.rows("writer = " + strconv.Itoa(round)); n < 300 {
					return fmt.Errorf("it has %d new rows", n)
				}
				return nil
			})
			c.stop(patience)
			last := <-w
			if last == 0 {
				c.t.Fatal("nothing was confirmed")
			}
			confirmed += last
			c.says("mariadbd: Shutdown complete", "ended: exit 0")

			c.forget()
			c.start()
			c.answers("1\n", "mariadb", "-BNe", "SELECT 1")
			for _, regret := range []string{"crash recovery", "Starting crash", "not properly closed", "initialising the data directory"} {
				c.silent(regret)
			}
			if n := c.rows(fmt.Sprintf("writer = %d AND n <= %d", round, number(round, last))); n != last {
				c.t.Fatalf("round %d: of %d rows that were confirmed, there are %d", round, last, n)
			}
		}
		c.t.Logf("%d rows were confirmed, and none is lost", confirmed)
		c.exec("mariadb-check", "app")
	})
}

// number is that of a round's row.
func number(round, n int) int { return round*1_000_000 + n }

// writes commits one row after the other until the server ends, and then says
// how many were confirmed to the client.
func (c *container) writes(round int) <-chan int {
	result := make(chan int, 1)
	script := fmt.Sprintf(`n=%d; while :; do n=$((n+1)); echo "INSERT INTO t VALUES ($n, %d); SELECT $n;"; done | mariadb -BN --unbuffered app`, number(round, 0), round)
	go func() {
		// It ends with an error: with the server, or the container, away.
		out, _ := c.Instance.Run(c.t.Context(), "exec", c.Name, "--", "sh", "-c", script)
		// The last line may be torn: it counts when its end is there.
		lines := strings.Split(out, "\n")
		last := 0
		if len(lines) > 1 {
			last, _ = strconv.Atoi(strings.TrimSpace(lines[len(lines)-2]))
			last -= number(round, 0)
		}
		result <- last
	}()
	return result
}

func (c *container) rows(where string) int {
	c.t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(c.exec("mariadb", "-BNe", "SELECT COUNT(*) FROM app.t WHERE "+where)))
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}
