package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/agent"
	"lxdocker/internal/config"
	"lxdocker/internal/durable"
	"lxdocker/internal/instance"
	"lxdocker/internal/metrics"
	"lxdocker/internal/notice"
	"lxdocker/internal/settings"
	"lxdocker/internal/systemd"
)

// drain is how long an update that has begun may go on when the agent is to end. After that
// it is undone, which takes as long as a stop and a start.
const drain = 2 * time.Minute

// agentService is what an agent has of its machine.
type agentService struct {
	options *agentOptions // that count
	cmd     *cobra.Command
	said    *config.Program
	log     *slog.Logger
	manager *systemd.Manager
	images  *bringer
	sender  *notice.Sender
	agent   *agent.Agent
	failed  string // why the state could not be written last
}

func newAgentService(o *agentOptions, cmd *cobra.Command, said *config.Program) (*agentService, error) {
	images, err := o.bringer(cmd)
	if err != nil {
		return nil, err
	}
	s := &agentService{options: o, cmd: cmd, said: said, images: images}
	level := map[bool]slog.Level{true: slog.LevelWarn, false: slog.LevelInfo}[o.quiet || o.dry]
	s.log = slog.New(slog.NewTextHandler(beside(images.builder.Display, cmd.ErrOrStderr()), &slog.HandlerOptions{Level: level}))
	s.manager = systemd.New(s.log)
	s.sender = notice.New(o.Webhook, o.Command, s.log)
	s.agent = &agent.Agent{Settings: o.Settings(within()), Connect: s.connect, Reread: s.reread, Reload: make(chan struct{}, 1), Log: s.log}
	s.agent.State = s.read()
	if o.dry {
		s.agent.Log = slog.New(slog.DiscardHandler) // the table says it
	} else {
		s.agent.Notify, s.agent.Report = s.notify, s.report
	}
	return s, nil
}

func (s *agentService) close() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	s.sender.Close(ctx)
	s.images.builder.Display.Close()
}

// connect opens the daemon, anew for each look: it may have been restarted.
func (s *agentService) connect(ctx context.Context) (agent.Fleet, error) {
	d, err := s.options.connect(ctx)
	if err != nil {
		return nil, err
	}
	u := instance.Updater{Daemon: d, Images: s.images, Servers: imageServers(), Gate: s.options.gate, Copier: copier(), Self: process(os.Getpid()), Alive: alive, Now: time.Now}
	return agent.Instances{Updater: u, Say: func(name, text string) { s.log.Info(text, "instance", name) }}, nil
}

// signals gives a context that ends with SIGTERM or Ctrl-C, and one that ends with the second
// of them, or after drain.
func (s *agentService) signals() (ctx, work context.Context, stop func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(s.cmd.Context())) // that ends with SIGHUP, too
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if s.cmd.Context().Err() != nil { // it came before
		end()
	}
	go func() {
		var late <-chan time.Time
		for {
			select {
			case <-work.Done():
				return
			case <-late:
				abort()
			case got := <-signals:
				switch {
				case got == syscall.SIGHUP:
					select {
					case s.agent.Reload <- struct{}{}:
					default: // that is about to happen
					}
				case ctx.Err() == nil:
					s.log.Info("ending: no update begins any more", "signal", got.String())
					s.manager.Stopping("ending: an update that has begun comes to its end")
					late = time.After(drain)
					end()
				default:
					s.log.Warn("what has begun is undone", "signal", got.String())
					abort()
				}
			}
		}
	}()
	return ctx, work, func() { signal.Stop(signals); end(); abort() }
}

// reread reads the settings again. All of them count, or none.
func (s *agentService) reread() {
	s.manager.Reloading()
	defer s.manager.Ready()
	now, err := s.again()
	var images *bringer
	if err == nil {
		images, err = now.bringer(s.cmd)
	}
	if err != nil {
		s.log.Error("the settings are wrong: those of before still count", "error", config.Explain(s.cmd, err))
		return
	}
	old := s.sender
	s.options, s.images, s.sender = now, images, notice.New(now.Webhook, now.Command, s.log)
	s.agent.Settings = now.Settings(within())
	go old.Close(context.Background()) // it has still to send what waits
}

// again is what a start would begin with now.
func (s *agentService) again() (*agentOptions, error) {
	now, flags := new(agentOptions), pflag.NewFlagSet("agent", pflag.ContinueOnError)
	now.flags(flags)
	if err := settings.CopyGiven(flags, s.cmd.Flags()); err != nil {
		return nil, err
	}
	said, err := s.said.Read(s.cmd)
	if err != nil {
		return nil, err
	}
	if err := said.Apply(flags, "agent"); err != nil {
		return nil, err
	}
	return now, now.Check()
}

func (s *agentService) notify(n agent.Notice) {
	document, err := json.Marshal(n)
	if err != nil {
		s.log.Error("a notice cannot be written", "error", err)
		return
	}
	s.sender.Send(document)
}

// file is where the state is; "" for nowhere.
func (s *agentService) file() string {
	if folder := os.Getenv("STATE_DIRECTORY"); s.options.State == "" && folder != "" {
		return filepath.Join(folder, "agent.json")
	}
	return s.options.State
}

// read reads the state of the last time. What cannot be read is nothing that is needed.
func (s *agentService) read() (was agent.State) {
	if s.file() == "" {
		return was
	}
	data, err := os.ReadFile(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return was
	}
	if err == nil {
		err = json.Unmarshal(data, &was)
	}
	if err != nil {
		s.log.Warn("cannot read what was known before", "file", s.file(), "error", err)
		return agent.State{}
	}
	return was
}

// report writes the state down for people and programs.
func (s *agentService) report(now agent.State) {
	if s.manager.Listens() {
		s.manager.Status(statusOf(now))
	}
	err := s.write(now)
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != s.failed {
		s.log.Error("cannot write the state", "error", err)
	}
	s.failed = said
}

func (s *agentService) write(now agent.State) error {
	if file := s.file(); file != "" {
		data, err := json.MarshalIndent(now, "", "  ")
		if err == nil {
			err = durable.WriteFile(file, append(data, '\n'), 0o640)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
	}
	if s.options.Textfile == "" {
		return nil
	}
	m := metrics.Agent{Blind: now.Problem != "", Looked: now.Looked, Paused: now.Paused, Lost: s.sender.Lost(), Instances: map[string]int{}, Updates: map[string]int{}}
	for _, status := range agent.Statuses {
		m.Instances[string(status)] = now.Count(status)
	}
	for _, outcome := range []instance.Outcome{instance.Updated, instance.WentBack, instance.Failed} {
		m.Updates[string(outcome)] = now.Totals[outcome]
	}
	return m.Write(s.options.Textfile)
}

// statusOf is what a person likes to know, in a line.
func statusOf(now agent.State) string {
	text := ""
	for _, status := range agent.Statuses {
		if n := now.Count(status); n > 0 && status != agent.Disabled {
			text += fmt.Sprintf(", %d %s", n, status)
		}
	}
	if text = fmt.Sprintf("%d instances%s", len(now.Instances)-now.Count(agent.Disabled), text); now.Problem != "" {
		text = "the instances cannot be seen: " + now.Problem
	}
	if !now.Paused.IsZero() {
		text += "; an update has failed, so that the rest waits"
	}
	return text
}
