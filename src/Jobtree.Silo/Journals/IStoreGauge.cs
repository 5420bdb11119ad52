namespace Jobtree.Silo.Journals;

/// <summary>Measures how much of a journal store is used.</summary>
internal interface IStoreGauge
{
    /// <summary>Measures the store; the metrics show the result until the next measurement.</summary>
    /// <param name="cancellation">Cancels the measurement.</param>
    /// <exception cref="IOException">The store cannot be measured now; the message is for operators.</exception>
    Task Measure(CancellationToken cancellation);
}
