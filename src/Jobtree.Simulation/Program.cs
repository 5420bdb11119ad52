using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Commands;
using Jobtree.Simulation.Subjects;

return new ReplayCommand(new ReplaySession([new JobtreeScheduler()], BaselineScheduler.All)).Invoke(
    args, Console.Out, Console.Error);
