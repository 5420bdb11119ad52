using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Commands;
using Jobtree.Simulation.Subjects;

return args is ["simulate", .. var rest]
    ? new SimulateCommand().Invoke(rest, Console.Out, Console.Error)
    : new ReplayCommand(new ReplaySession([new JobtreeScheduler()], BaselineScheduler.All)).Invoke(
        args, Console.Out, Console.Error);
