using System.CommandLine;
using Jobtree.Silo.Commands;

var root = new RootCommand("Jobtree on Orleans: every flavor, envelope and run a grain of a silo.")
{
    SiloUpCommand.Create(),
    DemoCommand.Create(),
    TokenCommand.Create(),
    CertsCommand.Create(),
    AuditCommand.Create(),
};
// Stopping waits for the drain, the requests in flight and the handover of grains; a second Ctrl-C does not.
return await root.Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(12) });
