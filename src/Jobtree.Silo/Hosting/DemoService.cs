using Jobtree.Actors.Operations;
using Jobtree.Silo.Commands;
using Jobtree.Silo.Logging;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Silo.Hosting;

/// <summary>Applies the demo fleet to a new folder, after the silo has started and before the API serves.</summary>
internal sealed class DemoService(DemoFolder demo, IOperations operations, Announcements announcements)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        demo.IsUnfinished ? demo.Begin(operations, announcements.Say, cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
