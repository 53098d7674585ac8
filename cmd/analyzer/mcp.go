package main

import (
	"context"
	"errors"
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"
)

func (a *app) mcpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mcp [DIR…]",
		Short: "Let an assistant ask: a Model Context Protocol server on stdio",
		Long: `Let an assistant in an editor ask about dumps: a server of the Model Context
Protocol, on standard input and output. Its tools are open, leaks, tree,
ref_path, query, growth and check; they answer what these commands print as
Markdown, in at most 8 KB. Dumps stay in memory between questions.

It reads files below the directories given, by default the current one, and
nothing else: no processes, no cores, and no links that lead out of them.`,
		Example: `  analyzer mcp
  analyzer mcp /var/dumps
  claude mcp add memtrail -- analyzer mcp /var/dumps`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.serve(cmd.Context(), args)
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
	}
}

// serve answers until standard input ends.
func (a *app) serve(ctx context.Context, dirs []string) error {
	if isTerminal(a.stdin) {
		a.note("waiting for an assistant on standard input; Ctrl-C ends it")
	}
	files, err := confineTo(dirs)
	if err != nil {
		return err
	}
	server := newToolServer(files)
	server.collector, server.maxMemory = a.collector, a.memory.bytes
	transport := &mcp.IOTransport{Reader: io.NopCloser(a.stdin), Writer: nopWriteCloser{a.console}}
	if err := protocolServer(server).Run(ctx, transport); err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		return err
	}
	return nil
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

// protocolServer offers the tools of a server by the protocol.
func protocolServer(s *toolServer) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "memtrail", Version: readBuildInfo().version}, &mcp.ServerOptions{
		Instructions: "PHP heap dumps. open first; then leaks for one dump, growth for several of one process.",
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	addTool(server, s, "open", "List the dumps, or tell what is in one.", s.open)
	addTool(server, s, "leaks", "What looks like a leak in a dump, and where it accumulates.", s.leaks)
	addTool(server, s, "tree", "Who keeps how much memory alive (dominator tree).", s.tree)
	addTool(server, s, "ref_path", "Why an item is in memory: paths from the roots.", s.refPath)
	addTool(server, s, "query", "Items by filters, with retained bytes.", s.query)
	addTool(server, s, "growth", "What grows over dumps of one process, in their order.", s.growth)
	addTool(server, s, "check", "Is a dump sound; what memory_usage was spent on.", s.check)
	return server
}

// addTool adds a tool. Its schema comes from the fields of In. Its errors are
// answers: the server goes on.
func addTool[In any](server *mcp.Server, s *toolServer, name, description string, call func(context.Context, In) (string, error)) {
	mcp.AddTool(server, &mcp.Tool{Name: name, Description: description},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			text, err := s.guarded(ctx, func() (string, error) { return call(ctx, in) })
			if err != nil {
				return nil, nil, errors.New(asCode(err.Error()))
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
}
