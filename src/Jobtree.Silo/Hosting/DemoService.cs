using Jobtree.Actors.Operations;
using Jobtree.Silo.Commands;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Silo.Hosting;

/// <summary>Begins a new folder with the demo fleet, when the silo has started and before anybody can ask it.</summary>
internal sealed class DemoService(DemoFolder demo, IOperations operations) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        demo.IsUnfinished ? demo.Begin(operations, cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
