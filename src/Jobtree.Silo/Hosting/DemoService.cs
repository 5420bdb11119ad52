using Jobtree.Actors.Operations;
using Jobtree.Silo.Commands;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Silo.Hosting;

/// <summary>Applies the demo fleet to a new folder, after the silo has started and before the API serves.</summary>
internal sealed class DemoService(DemoFolder demo, IOperations operations) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        demo.IsUnfinished ? demo.Begin(operations, cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
