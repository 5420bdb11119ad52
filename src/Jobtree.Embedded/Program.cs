using System.CommandLine;
using Jobtree.Embedded.Commands;

var root = new RootCommand("Jobtree in one process: fleet, journal and API.") { UpCommand.Create(),
    TokenCommand.Create(), AuditCommand.Create() };
// Whoever stops the host waits for the requests in flight; a second Ctrl-C does not.
return await root.Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
