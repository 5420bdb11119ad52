namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>How often messages and appends fail. Each rate is a probability for one of them.</summary>
internal sealed class Weather
{
    /// <summary>Messages that do not arrive.</summary>
    public double LostRequests { get; set; }

    /// <summary>Answers that do not arrive, though the request took effect.</summary>
    public double LostAnswers { get; set; }

    /// <summary>Messages that arrive twice.</summary>
    public double Duplicates { get; set; }

    /// <summary>Messages and answers that take seconds.</summary>
    public double SlowMessages { get; set; }

    /// <summary>Appends that take seconds.</summary>
    public double SlowAppends { get; set; }

    /// <summary>Appends whose fate the activation never learns; half of them are lost.</summary>
    public double UnknownAppends { get; set; }

    /// <summary>From now on nothing fails.</summary>
    public void Calm() => LostRequests = LostAnswers = Duplicates = SlowMessages = SlowAppends = UnknownAppends = 0;
}
