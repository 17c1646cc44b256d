Console.WriteLine("loyalty");
